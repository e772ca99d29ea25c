/** A Worker that selects once in each request, on a connection of the request's own. */

import { env } from "cloudflare:workers";
import { postgres } from "../../adapters/connectors/postgres/mod.ts";

const connector = postgres(String(env["DATABASE_URL"]));

export default {
  async fetch(): Promise<Response> {
    const connection = await connector.connect({ timeoutMs: 10_000 });
    const { rows } = await connection.run("select $1::int + 1 as n", [1], { prepare: true });
    await connection.close();
    return Response.json(rows);
  },
};

/**
 * The connector's contract as a worker: `/cases` lists it, `/run/<name>` plays one case in a request,
 * `/object/run/<name>` in a Durable Object.
 */

import { DurableObject } from "cloudflare:workers";
import { postgres } from "../../adapters/connectors/postgres/mod.ts";
import type { ConnectorGround } from "../contract/connector/mod.ts";
import { answer } from "./contract-in-place.ts";

interface Env {
  readonly DATABASE_URL: string;
  readonly Contractor: DurableObjectNamespace;
}

function groundOf({ DATABASE_URL: url }: Env): ConnectorGround {
  const refused = new URL(url);
  // The discard port of a machine that serves none: refused at once.
  refused.port = "9";
  return {
    connector: postgres(url),
    refused: postgres(refused.href),
    hangUp: async (connection) => {
      const { rows: [row] } = await connection.run<{ pid: number }>(
        "select pg_backend_pid() as pid",
        [],
        { prepare: false },
      );
      const other = await postgres(url).connect({ timeoutMs: 5_000 });
      await other.run("select pg_terminate_backend($1)", [row?.pid], { prepare: false });
      await other.close();
    },
  };
}

export class Contractor extends DurableObject<Env> {
  fetch(request: Request): Promise<Response> {
    return answer(new URL(request.url).pathname, groundOf(this.env));
  }
}

export default {
  fetch(request: Request, env: Env): Promise<Response> {
    const { pathname, origin } = new URL(request.url);
    if (!pathname.startsWith("/object/")) return answer(pathname, groundOf(env));
    const inside = new Request(`${origin}${pathname.replace("/object", "")}`);
    return env.Contractor.getByName("one").fetch(inside);
  },
};

/**
 * The connector's contract as a worker: `/cases` lists it, `/run/<name>` runs one case in a request,
 * `/object/run/<name>` in a Durable Object.
 */

import { DurableObject } from "cloudflare:workers";
import { postgres } from "../../adapters/connectors/postgres/mod.ts";
import { connectorContract } from "../contract/connector.ts";
import { answer } from "./contract-answer.ts";

interface Env {
  readonly DATABASE_URL: string;
  readonly Contractor: DurableObjectNamespace;
}

let url = "postgres://nobody@127.0.0.1:9/none";

connectorContract("postgres() in workerd", () => {
  const refused = new URL(url);
  // The discard port of a machine that serves none: refused at once.
  refused.port = "9";
  return Promise.resolve({
    connector: postgres(url),
    refused: postgres(refused.href),
    select: "select 1 as one",
    command: "update pair set n = n + 1",
    faulty: "selec 1",
    endless: "select pg_sleep(600)",
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
  });
});

export class Contractor extends DurableObject<Env> {
  fetch(request: Request): Promise<Response> {
    url = this.env.DATABASE_URL;
    return answer(new URL(request.url).pathname);
  }
}

export default {
  fetch(request: Request, env: Env): Promise<Response> {
    url = env.DATABASE_URL;
    const { pathname, origin } = new URL(request.url);
    if (!pathname.startsWith("/object/")) return answer(pathname);
    const inside = new Request(`${origin}${pathname.replace("/object", "")}`);
    return env.Contractor.getByName("one").fetch(inside);
  },
};

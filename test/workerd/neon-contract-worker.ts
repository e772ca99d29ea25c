/** The connector's contract for `holdfast/neon` as a worker: see `contract-worker.ts`. */

import { DurableObject } from "cloudflare:workers";
import { neon, type NeonOptions } from "../../adapters/connectors/neon/mod.ts";
import { connectorContract } from "../contract/connector.ts";
import { answer } from "./contract-answer.ts";

interface Env {
  readonly OPTIONS: NeonOptions;
  /** Where nobody listens. */
  readonly NOWHERE: string;
  readonly Contractor: DurableObjectNamespace;
}

let options: NeonOptions = { url: "postgres://nobody@nowhere.invalid/none" };
let nowhere = "https://nowhere.invalid/sql";

connectorContract("neon() in workerd", () =>
  Promise.resolve({
    connector: neon(options),
    refused: neon({ ...options, sqlUrl: nowhere }),
    select: "select 1 as one",
    command: "update pair set n = n + 1",
    faulty: "selec 1",
    endless: "select pg_sleep(600)",
    hangUp: async (connection) => {
      // Only a transaction has a line that could die.
      await connection.run("begin", [], { prepare: true });
      const { rows: [row] } = await connection.run<{ pid: number }>(
        "select pg_backend_pid() as pid",
        [],
        { prepare: true },
      );
      const other = await neon(options).connect({ timeoutMs: 5_000 });
      await other.run("select pg_terminate_backend($1)", [row?.pid], { prepare: true });
    },
  }));

function heed(env: Env): void {
  ({ OPTIONS: options, NOWHERE: nowhere } = env);
}

export class Contractor extends DurableObject<Env> {
  fetch(request: Request): Promise<Response> {
    heed(this.env);
    return answer(new URL(request.url).pathname);
  }
}

export default {
  fetch(request: Request, env: Env): Promise<Response> {
    heed(env);
    const { pathname, origin } = new URL(request.url);
    if (!pathname.startsWith("/object/")) return answer(pathname);
    const inside = new Request(`${origin}${pathname.replace("/object", "")}`);
    return env.Contractor.getByName("one").fetch(inside);
  },
};

/** The connector's contract for `holdfast/neon` as a worker: see `contract-worker.ts`. */

import { DurableObject } from "cloudflare:workers";
import { neon, type NeonOptions } from "../../adapters/connectors/neon/mod.ts";
import type { ConnectorGround } from "../contract/connector/mod.ts";
import { answer } from "./contract-in-place.ts";

interface Env {
  readonly OPTIONS: NeonOptions;
  /** Where nobody listens. */
  readonly NOWHERE: string;
  readonly Contractor: DurableObjectNamespace;
}

function groundOf({ OPTIONS: options, NOWHERE: nowhere }: Env): ConnectorGround {
  return {
    connector: neon(options),
    refused: neon({ ...options, sqlUrl: nowhere }),
    hangUp: async (connection) => {
      const { rows: [row] } = await connection.run<{ pid: number }>(
        "select pg_backend_pid() as pid",
        [],
        { prepare: true },
      );
      const other = await neon(options).connect({ timeoutMs: 5_000 });
      await other.run("select pg_terminate_backend($1)", [row?.pid], { prepare: true });
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

/** The connector's contract for `pooled()` as a worker: `/cases` lists it, `/run/<name>` runs one case in a request. */

import { DurableObject, env } from "cloudflare:workers";
import {
  type OnCloudflare,
  onCloudflare,
  type PoolClass,
  pooled,
  type PooledConnector,
  type PoolNamespace,
} from "../../adapters/cloudflare/mod.ts";
import { postgres } from "../../adapters/connectors/postgres/mod.ts";
import type { Connection } from "../../src/ports.ts";
import type { ConnectorGround } from "../contract/connector/mod.ts";
import { answer } from "./contract-in-place.ts";

interface Env {
  readonly DATABASE_URL: string;
  readonly HoldfastPool: PoolNamespace;
}

/** The discard port of a machine that serves none: refused at once. */
function nowhere(url: string): string {
  const refused = new URL(url);
  refused.port = "9";
  return refused.href;
}

function connectorTo(url: string, { HoldfastPool: by }: Env): PooledConnector {
  return pooled(postgres(url), { by });
}

const holdfast: OnCloudflare<Env> = onCloudflare((given) => ({
  endpoints: [
    { id: "main", connector: connectorTo(given.DATABASE_URL, given) },
    { id: "refused", connector: connectorTo(nowhere(given.DATABASE_URL), given) },
  ],
  alerts: false,
}));

const Pool: PoolClass<Env, DurableObject> = holdfast.pool(DurableObject);

export class HoldfastPool extends Pool {}

const LIMIT = { timeoutMs: 5_000 };
const SCRIPT = { prepare: false };

function groundOf(bound: Env): ConnectorGround {
  return {
    connector: connectorTo(bound.DATABASE_URL, bound).servedAs("main"),
    refused: connectorTo(nowhere(bound.DATABASE_URL), bound).servedAs("refused"),
    hangUp: async (connection: Connection) => {
      const { rows: [row] } = await connection.run<{ pid: number }>(
        "select pg_backend_pid() as pid",
        [],
        SCRIPT,
      );
      const other = await postgres(bound.DATABASE_URL).connect(LIMIT);
      await other.run("select pg_terminate_backend($1)", [row?.pid], SCRIPT);
      await other.close();
    },
  };
}

export default {
  fetch(request: Request): Promise<Response> {
    // What the place was started with.
    return answer(new URL(request.url).pathname, groundOf(env as unknown as Env));
  },
};

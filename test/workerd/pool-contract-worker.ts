/** The connector's contract for `pooled()` as a worker: see `contract-worker.ts`. */

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
import { connectorContract } from "../contract/connector.ts";
import { answer } from "./contract-answer.ts";

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

connectorContract("pooled() in workerd", () => {
  const bound = env as unknown as Env; // what the place was started with
  return Promise.resolve({
    connector: connectorTo(bound.DATABASE_URL, bound).servedAs("main"),
    refused: connectorTo(nowhere(bound.DATABASE_URL), bound).servedAs("refused"),
    select: "select 1 as one",
    command: "update pair set n = n + 1",
    faulty: "selec 1",
    endless: "select pg_sleep(600)",
  });
});

export default {
  fetch(request: Request): Promise<Response> {
    return answer(new URL(request.url).pathname);
  },
};

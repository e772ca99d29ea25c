/** A Worker whose isolates share what they believe, over endpoints that are all reached through pool objects. */

import { DurableObject } from "cloudflare:workers";
import {
  type CoordinatorClass,
  type CoordinatorNamespace,
  durableObject,
  type OnCloudflare,
  onCloudflare,
  type PoolClass,
  pooled,
  type PoolNamespace,
} from "../../adapters/cloudflare/mod.ts";
import { postgres } from "../../adapters/connectors/postgres/mod.ts";

interface Env {
  readonly FIRST: string;
  readonly SECOND: string;
  readonly Coordinator: CoordinatorNamespace;
  readonly HoldfastPool: PoolNamespace;
}

const holdfast: OnCloudflare<Env> = onCloudflare((env) => ({
  endpoints: [
    { id: "a", connector: pooled(postgres(env.FIRST), { by: env.HoldfastPool }) },
    { id: "b", connector: pooled(postgres(env.SECOND), { by: env.HoldfastPool }) },
  ],
  store: durableObject(env.Coordinator),
  alerts: false,
}));

const Coordinates: CoordinatorClass<Env, DurableObject> = holdfast.coordinator(DurableObject);
const Pools: PoolClass<Env, DurableObject> = holdfast.pool(DurableObject);

export class Coordinator extends Coordinates {}
export class HoldfastPool extends Pools {}

const deeds: Record<string, (env: Env, ctx: ExecutionContext) => unknown> = {
  "/write": async (env, ctx) => {
    const db = holdfast(env).session({ ctx });
    return (await db.query("insert into note default values")).servedBy;
  },
  "/read": async (env, ctx) => {
    const db = holdfast(env).session({ ctx });
    const options = { readPreference: "secondary" } as const;
    return (await db.query("select count(*) from note", [], options)).servedBy;
  },
  "/failover": (env) => {
    return durableObject(env.Coordinator).command({ type: "failover", from: "a", to: "b" });
  },
  "/snapshot": (env) => durableObject(env.Coordinator).snapshot(),
};

export default {
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    try {
      return Response.json({ value: await deeds[new URL(request.url).pathname]?.(env, ctx) });
    } catch (error) {
      return Response.json({ error: String(error) });
    }
  },
};

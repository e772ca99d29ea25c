/**
 * Orders on Cloudflare Workers, as `wrangler.toml` deploys it: PostgreSQL over TCP, or by way of pools in Durable
 * Objects; what all isolates believe in another one, its watchdog, and `GET /stats` of both. A start for your own.
 *
 * @module
 */

import { DurableObject } from "cloudflare:workers";
import {
  type CoordinatorClass,
  type CoordinatorNamespace,
  durableObject,
  type KvNamespace,
  onCloudflare,
  type PoolClass,
  pooled,
  type PoolNamespace,
  workersKv,
} from "holdfast/cloudflare";
import { type HyperdriveBinding, postgres } from "holdfast/postgres";
import { type Connector, isHoldfastError, type ReadPreferenceWord } from "holdfast";
import { orders } from "../orders.ts";
import { isAuthorized } from "../token.ts";

/** What `wrangler.toml` binds. Optional is what may be missing there. */
export interface Env {
  readonly HOLDFAST: CoordinatorNamespace;
  readonly HOLDFAST_KV?: KvNamespace;
  readonly POOL?: PoolNamespace;
  /** Without its query cache. */
  readonly HYPERDRIVE?: HyperdriveBinding;
  /** One or more URLs, separated by spaces. Who is the primary is found out. */
  readonly DATABASE_URLS?: string;
  readonly HOLDFAST_TOKEN?: string;
  readonly READ_PREFERENCE?: ReadPreferenceWord;
  readonly LOCATION_HINT?: string;
}

const holdfast = onCloudflare((env: Env) => ({
  endpoints: connectorsOf(env).map((connector, i) => ({ id: `db${i + 1}`, connector })),
  readPreference: env.READ_PREFERENCE ?? "secondaryPreferred",
  store: durableObject(env.HOLDFAST, {
    ...nearIt(env),
    ...(env.HOLDFAST_KV ? { bootstrap: workersKv(env.HOLDFAST_KV) } : {}),
  }),
}));

const Coordinator: CoordinatorClass<Env, DurableObject> = holdfast.coordinator(DurableObject);

/** One object keeps what all isolates believe. */
export class HoldfastCoordinator extends Coordinator {}

const Pool: PoolClass<Env, DurableObject> = holdfast.pool(DurableObject);

/** Objects near the databases hold their connections. */
export class HoldfastPool extends Pool {}

function connectorsOf(env: Env): Connector[] {
  const { HYPERDRIVE, POOL: by } = env;
  const direct = urlsOf(env).map((url) => {
    return by === undefined ? postgres(url) : pooled(postgres(url), { by, ...nearIt(env) });
  });
  if (HYPERDRIVE === undefined) return direct;
  // Hyperdrive is a pool itself.
  return [postgres({ hyperdrive: HYPERDRIVE, cached: false }), ...direct];
}

function nearIt({ LOCATION_HINT }: Env): { readonly locationHint?: string } {
  return LOCATION_HINT ? { locationHint: LOCATION_HINT } : {};
}

function urlsOf({ DATABASE_URLS = "" }: Env): string[] {
  return DATABASE_URLS.split(/\s+/).filter((url) => url !== "");
}

/** What this isolate has seen, and what all believe. */
async function stats(env: Env): Promise<Response> {
  const shared = await durableObject(env.HOLDFAST).snapshot().catch((error: unknown) => {
    return { error: isHoldfastError(error) ? error.message : "The coordinator does not answer" };
  });
  return Response.json({ isolate: holdfast(env).stats(), shared });
}

export default {
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    const { HOLDFAST_TOKEN: token = "" } = env;
    if (token === "" || connectorsOf(env).length === 0) {
      return new Response(
        "Not set up yet: npx wrangler secret put HOLDFAST_TOKEN, and DATABASE_URLS: see wrangler.toml\n",
        { status: 503 },
      );
    }
    if (new URL(request.url).pathname === "/stats" && await isAuthorized(request, token)) {
      return await stats(env);
    }
    return await orders(request, holdfast(env).session({ ctx }), token);
  },

  scheduled(controller: unknown, env: Env, ctx: unknown): Promise<void> {
    return holdfast.scheduled(controller, env, ctx);
  },
};

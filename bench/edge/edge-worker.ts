/**
 * A Worker far from its database, which reaches it in three ways. `/select` and `/transaction`, `?by=` says how.
 *
 * @module
 */

import { DurableObject } from "cloudflare:workers";
import {
  type OnCloudflare,
  onCloudflare,
  type PoolClass,
  pooled,
  type PoolNamespace,
} from "../../adapters/cloudflare/mod.ts";
import type { PoolStub } from "../../adapters/cloudflare/pool/namespace.ts";
import { neon, type NeonOptions } from "../../adapters/connectors/neon/mod.ts";
import { postgres } from "../../adapters/connectors/postgres/mod.ts";
import type { Connector } from "../../src/ports.ts";
import { type AccountRow, anyKey, checkBalance, TEXT } from "../accounts.ts";

interface Env {
  readonly NEAR_URL: string;
  readonly FAR_URL: string;
  readonly NEON: NeonOptions;
  readonly ROUND_TRIP_MS: number;
  readonly HoldfastPool: PoolNamespace;
}

type Way = (env: Env) => Connector;

const WAYS: Readonly<Record<string, Way>> = {
  own: ({ FAR_URL }) => postgres(FAR_URL),
  pool: ({ NEAR_URL, HoldfastPool, ROUND_TRIP_MS }) => {
    return pooled(postgres(NEAR_URL), { by: distant(HoldfastPool, ROUND_TRIP_MS) });
  },
  neon: ({ NEON }) => neon(NEON),
};

function over(way: Way): OnCloudflare<Env> {
  return onCloudflare((env) => ({
    endpoints: [{ id: "main", role: "primary", connector: way(env) }],
    alerts: false,
  }));
}

const holdfasts: Readonly<Record<string, OnCloudflare<Env>>> = Object.fromEntries(
  Object.entries(WAYS).map(([name, way]) => [name, over(way)]),
);

/** On this machine an object is next door: near the database it would be as far away as that. */
function distant(namespace: PoolNamespace, roundTripMs: number): PoolNamespace {
  const there = async <T>(ask: () => Promise<T>): Promise<T> => {
    await new Promise((resolve) => setTimeout(resolve, roundTripMs));
    return await ask();
  };
  return {
    getByName: (name, options): PoolStub => {
      const stub = namespace.getByName(name, options) as PoolStub; // an RPC stub has every method
      return {
        // What a loan is asked follows it without waiting for it.
        open: (endpoint, lifeline) => {
          const loan = stub.open(endpoint, lifeline);
          return {
            run: (text, params, prepare) => there(() => loan.run(text, params, prepare)),
            promote: () => loan.promote(),
            cut: () => loan.cut(),
            [Symbol.dispose]: () => loan[Symbol.dispose](),
          };
        },
        look: (endpoint, what) => there(() => stub.look(endpoint, what)),
        stats: (endpoint) => there(() => stub.stats(endpoint)),
      };
    },
  };
}

const Pool: PoolClass<Env, DurableObject> = onCloudflare<Env>((env) => ({
  endpoints: [{
    id: "main",
    connector: pooled(postgres(env.NEAR_URL), { by: env.HoldfastPool }),
  }],
})).pool(DurableObject);

export class HoldfastPool extends Pool {}

export default {
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const holdfast = holdfasts[searchParams.get("by") ?? ""];
    if (holdfast === undefined) return new Response("No such way", { status: 404 });
    const db = holdfast(env).session({ ctx });
    const aid = anyKey();
    if (pathname === "/select") {
      const { rows: [row] } = await db.query<AccountRow>(TEXT, [aid]);
      checkBalance(aid, row?.abalance);
      return new Response("selected");
    }
    await db.transaction(async (tx) => {
      const { rows: [row] } = await tx.query<AccountRow>(`${TEXT} for update`, [aid]);
      checkBalance(aid, row?.abalance);
      await tx.query("update accounts set abalance = $2 where aid = $1", [aid, row?.abalance]);
    });
    return new Response("committed");
  },
};

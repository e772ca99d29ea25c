/**
 * A Worker whose connections are lent by pool objects: what comes by POST is carried out.
 */

import { DurableObject } from "cloudflare:workers";
import {
  type OnCloudflare,
  onCloudflare,
  type PoolClass,
  pooled,
  type PooledConnector,
} from "../../adapters/cloudflare/mod.ts";
import { postgres } from "../../adapters/connectors/postgres/mod.ts";
import type { Connection } from "../../src/ports.ts";
import type { PoolDeed } from "./pool-orders.ts";

interface Env {
  readonly DATABASE_URL: string;
  readonly SHARDS: number;
  readonly CONNECTIONS: number;
  readonly ACQUIRE_MS: number;
  readonly IDLE_MS: number;
  readonly HoldfastPool: DurableObjectNamespace<HoldfastPool>;
  readonly Stranger: DurableObjectNamespace;
}

const LIMIT = { timeoutMs: 5_000 };
const SCRIPT = { prepare: false };

function connectorOf(env: Env): PooledConnector {
  return pooled(postgres(env.DATABASE_URL), {
    by: env.HoldfastPool,
    shards: env.SHARDS,
    connections: env.CONNECTIONS,
  });
}

const holdfast: OnCloudflare<Env> = onCloudflare((env) => ({
  endpoints: [{ id: "main", connector: connectorOf(env) }],
  pool: { acquireTimeoutMs: env.ACQUIRE_MS, idleTimeoutMs: env.IDLE_MS },
  // So much goes wrong on purpose that a share of the calls says nothing of the endpoint.
  circuit: { minimumCalls: 10_000 },
  alerts: false,
}));

const Pool: PoolClass<Env, DurableObject<Env>> = holdfast.pool(DurableObject<Env>);

export class HoldfastPool extends Pool {
  /** As a deploy, or an error in the platform, would. */
  abort(): void {
    this.ctx.abort("told to");
  }
}

/** A class that is no pool. */
export class Stranger extends DurableObject<Env> {}

/** Waits until the server is at it. */
async function seen(text: string, connection: Connection): Promise<void> {
  const asked = "select 1 from pg_stat_activity where query = $1 and state = 'active'";
  for (let i = 0; i < 1_000; i++) {
    const { rows } = await connection.run(asked, [text], { prepare: true });
    if (rows.length > 0) return await connection.close();
  }
  throw new Error("The server never began with it");
}

async function carryOut(deed: PoolDeed, env: Env, ctx: ExecutionContext): Promise<unknown> {
  const db = holdfast(env);
  const connector = connectorOf(env).servedAs("main");
  const connect = (): Promise<Connection> => {
    return connector.connect({ ...LIMIT, waitUntil: (work) => ctx.waitUntil(work) });
  };
  switch (deed.do) {
    case "query": {
      const { text, params = [], timeoutMs = 10_000, idempotent = false } = deed;
      return await db.session({ ctx }).query(text, params, { timeoutMs, idempotent });
    }
    case "many":
      return await Promise.all(
        deed.texts.map(async (text) => (await db.session({ ctx }).query(text)).rows),
      );
    case "transaction":
      return await db.session({ ctx }).transaction(async (tx) => {
        const all: unknown[] = [];
        for (const text of deed.texts) all.push((await tx.query(text)).rows);
        if (deed.fail === true) throw new Error("The caller wants none of it");
        return all;
      });
    case "run": {
      const connection = await connect();
      const answers: unknown[] = [];
      for (const text of deed.texts) answers.push((await connection.run(text, [], SCRIPT)).rows);
      await connection.close();
      return answers;
    }
    case "leave": {
      // The request ends while a statement runs, or a transaction is open.
      const connection = await connect();
      for (const text of deed.texts) await connection.run(text, [], SCRIPT);
      if (deed.last !== undefined) {
        connection.run(deed.last, [], SCRIPT).catch(() => {});
        await seen(deed.last, await connect());
      }
      return "left";
    }
    case "destroy": {
      const connection = await connect();
      const failed = connection.run(deed.text, [], SCRIPT).catch((error: unknown) => error);
      await seen(deed.text, await connect());
      connection.destroy();
      throw await failed;
    }
    case "values": {
      const values: Record<string, () => unknown> = {
        date: () => new Date(86_400_000),
        bytes: () => new Uint8Array([0, 255]),
        big: () => 2n ** 60n,
        function: () => ({ toJSON: () => "x" }),
        instance: () => new URL("http://place"),
        huge: () => "x".repeat(33 * 1024 * 1024),
      };
      const { rows: [row] } = await db.session({ ctx }).query(deed.text, [values[deed.value]?.()]);
      return Object.fromEntries(
        Object.entries(row ?? {}).map((
          [name, value],
        ) => [name, `${typeof value} ${String(value)}`]),
      );
    }
    case "look": {
      const connection = await connect();
      const { role } = await connection.inspect();
      const vitals = await connection.measure?.();
      const rehearsed = await connection.rehearse?.();
      return { role, rehearsed, used: vitals?.connectionsUsed, position: String(vitals?.position) };
    }
    case "misbound": {
      const { by = env.Stranger, endpoint } = deed.how === "class"
        ? { endpoint: "main" }
        : { by: env.HoldfastPool, endpoint: "nobody" };
      const lost = pooled(postgres(env.DATABASE_URL), { by, endpoint });
      return await (await lost.connect(LIMIT)).run("select 1", [], SCRIPT);
    }
    case "abort":
      for (let shard = 0; shard < env.SHARDS; shard++) {
        const stub = env.HoldfastPool.getByName(`holdfast-pool:main:${shard}`) as unknown as {
          abort(): Promise<void>;
        };
        await stub.abort().catch(() => {});
      }
      return null;
    case "stats":
      return await connector.stats();
    default:
      return deed satisfies never;
  }
}

function factsOf(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: String(error) };
  return { ...Object.fromEntries(Object.entries(error)), name: error.name, message: error.message };
}

export default {
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    const deed = await request.json() as PoolDeed;
    const told = await carryOut(deed, env, ctx).then(
      (value) => ({ value: value ?? null }),
      (error: unknown) => ({ error: factsOf(error) }),
    );
    return Response.json(told);
  },
};

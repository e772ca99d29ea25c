/**
 * A holdfast over `postgres()` as a worker: what comes by POST is carried out, in the request or in a
 * Durable Object, which keeps one holdfast for all its requests.
 */

import { DurableObject } from "cloudflare:workers";
import { postgres } from "../../adapters/connectors/postgres/mod.ts";
import { durableObjectRuntime, workersRuntime } from "../../adapters/runtimes/workers.ts";
import { createHoldfastOn, type Holdfast } from "../../src/holdfast.ts";
import type { Order, Told } from "./orders.ts";

interface Env {
  readonly Keeper: DurableObjectNamespace;
}

const LIMIT = { timeoutMs: 5_000 };
const PREPARED = { prepare: true };
const UNPREPARED = { prepare: false };

/** An order, and what it is carried out with. */
interface Task {
  readonly order: Order;
  readonly db: Holdfast;
  readonly waitUntil: (work: Promise<unknown>) => void;
}

function createOver(url: string, outlives: boolean): Holdfast {
  return createHoldfastOn(
    outlives ? durableObjectRuntime : workersRuntime,
    { endpoints: [{ id: "main", role: "primary", connector: postgres(url) }], alerts: false },
  );
}

async function carryOut({ order, db, waitUntil }: Task): Promise<unknown> {
  switch (order.do) {
    case "query":
      return await db.session({ waitUntil }).query(order.text, order.params ?? []);
    case "repeat": {
      const connection = await postgres(order.url).connect(LIMIT);
      for (let i = 1; i < order.times; i++) await connection.run(order.text, [i], PREPARED);
      const answer = await connection.run(order.text, [order.times], PREPARED);
      await connection.close();
      return answer;
    }
    case "transaction":
      return await db.session({ waitUntil }).transaction(async (tx) => {
        for (const text of order.texts) await tx.query(text);
        if (order.fail === true) throw new Error("The caller wants none of it");
      });
    case "connect": {
      const { url, timeoutMs = LIMIT.timeoutMs } = order;
      return await (await postgres(url).connect({ timeoutMs })).close();
    }
    case "run": {
      const { url, options } = order;
      const connection = await postgres({ url, ...options }).connect(LIMIT);
      const answer = await connection.run(order.text, [], UNPREPARED);
      await connection.close();
      return answer;
    }
    case "destroy": {
      const connection = await postgres(order.url).connect({ ...LIMIT, waitUntil });
      const failed = connection.run(order.text, [], UNPREPARED).catch((error: unknown) => error);
      await seen(order);
      connection.destroy();
      throw await failed;
    }
    default:
      return order satisfies never;
  }
}

/** Waits until the server works on the order's text. */
async function seen(order: Order & { readonly text: string }): Promise<void> {
  const connection = await postgres(order.url).connect(LIMIT);
  const text = "select 1 from pg_stat_activity where query = $1 and state = 'active'";
  for (let i = 0; i < 1_000; i++) {
    const { rows } = await connection.run(text, [order.text], PREPARED);
    if (rows.length > 0) return await connection.close();
  }
  throw new Error("The server never began with it");
}

async function answer(task: Task): Promise<Response> {
  const told: Told = await carryOut(task).then(
    (value) => ({ value: value ?? null }),
    (error: unknown) => ({ error: factsOf(error) }),
  );
  return Response.json(told);
}

function factsOf(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: String(error) };
  const { cause } = error;
  return {
    ...Object.fromEntries(Object.entries(error)),
    message: error.message,
    ...(cause === undefined ? {} : { cause: factsOf(cause) }),
  };
}

export class Keeper extends DurableObject<Env> {
  #db: Holdfast | undefined;

  async fetch(request: Request): Promise<Response> {
    const order = await request.json() as Order;
    const db = this.#db ??= createOver(order.url, true);
    return answer({ order, db, waitUntil: (work) => this.ctx.waitUntil(work) });
  }
}

export default {
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname !== "/request") return await env.Keeper.getByName(pathname).fetch(request);
    const order = await request.json() as Order;
    const db = createOver(order.url, false);
    try {
      return await answer({ order, db, waitUntil: (work) => ctx.waitUntil(work) });
    } finally {
      await db.close();
    }
  },
};

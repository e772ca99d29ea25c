/**
 * A Worker as its user writes it: one holdfast in global scope, a session in each request. `?do=` says what.
 */

import { env } from "cloudflare:workers";
import { postgres } from "../../adapters/connectors/postgres/mod.ts";
import { workersRuntime } from "../../adapters/runtimes/workers.ts";
import { createHoldfastOn } from "../../src/holdfast.ts";
import type { Session } from "../../src/session.ts";

const db = createHoldfastOn(workersRuntime, {
  endpoints: [
    { id: "main", role: "primary", connector: postgres(String(env["MAIN"])) },
    { id: "spare", role: "replica", connector: postgres(String(env["SPARE"])) },
  ],
  readPreference: "secondaryPreferred",
  probe: { timeoutMs: 300, doubtAfterMs: 100 },
  pool: { acquireTimeoutMs: 3_000 },
  alerts: false,
});

const madeInGlobalScope = errorOf(() => db.session({ waitUntil: () => {} }));

let stored: Session | undefined;

const WHO = "select pg_backend_pid() as pid";

interface Handed {
  readonly ctx: ExecutionContext;
  readonly query: URLSearchParams;
}

const deeds: Record<string, (handed: Handed) => unknown> = {
  run: async ({ ctx, query }) => {
    const timeoutMs = Number(query.get("timeoutMs") ?? 5_000);
    const { rows, servedBy } = await db.session({ ctx }).query(query.get("text") ?? WHO, [], {
      timeoutMs,
    });
    return { rows, servedBy };
  },
  twice: async ({ ctx }) => {
    await using session = db.session({ ctx });
    const first = await session.execute<{ pid: number }>(WHO);
    const second = await session.execute<{ pid: number }>(WHO);
    return [first.rows[0]?.pid, second.rows[0]?.pid];
  },
  many: async ({ ctx }) => {
    const session = db.session({ ctx });
    const text = "select pg_backend_pid() as pid, pg_sleep(0.02)";
    const all = Array.from({ length: 12 }, () => session.execute<{ pid: number }>(text));
    return [...new Set((await Promise.all(all)).map(({ rows }) => rows[0]?.pid))];
  },
  transaction: async ({ ctx }) => {
    return await db.session({ ctx }).transaction(async (tx) => {
      await tx.query("insert into note (text) values ($1)", ["kept"]);
      return (await tx.query("select count(*)::int as count from note")).rows;
    });
  },
  /** The response is given while the statement runs, and nobody waits for it: the place ends it there. */
  cut: async ({ ctx }) => {
    const session = db.session({ ctx });
    await session.execute(WHO);
    void session.execute("select pg_sleep(30)").catch(() => {});
    return "gone";
  },
  store: async ({ ctx }) => {
    stored = db.session({ ctx });
    await stored.execute(WHO);
    return "stored";
  },
  stored: () => stored?.execute(WHO),
  "stored transaction": () => stored?.transaction((tx) => tx.query(WHO)),
  cluster: () => db.query(WHO),
  "cluster transaction": () => db.transaction((tx) => tx.query(WHO)),
  "no context": () => db.session(),
  unbound: ({ ctx }) => {
    // What a user writes by mistake.
    const { waitUntil } = ctx as { readonly waitUntil: (work: Promise<unknown>) => void };
    return db.session({ waitUntil });
  },
  "global scope": () => {
    throw madeInGlobalScope;
  },
  discover: async () => {
    await db.discover();
    return db.stats().primary;
  },
  stats: () => {
    const { endpoints, running } = db.stats();
    return { running, circuits: endpoints.map(({ circuit }) => circuit) };
  },
};

function errorOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

export default {
  async fetch(request: Request, _: unknown, ctx: ExecutionContext): Promise<Response> {
    const query = new URL(request.url).searchParams;
    try {
      const value = await deeds[query.get("do") ?? ""]?.({ ctx, query });
      return Response.json({ value: value ?? null });
    } catch (error) {
      const { name, message, code, executed } = error as Error & { code: string; executed: string };
      return Response.json({ error: { name, message, code, executed } });
    }
  },
};

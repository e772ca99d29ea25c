/** A Worker over `holdfast/neon` as its user writes it: a session in each request. `?do=` says what. */

import { env } from "cloudflare:workers";
import { neon } from "../../adapters/connectors/neon/mod.ts";
import { workersRuntime } from "../../adapters/runtimes/workers.ts";
import { createHoldfastOn } from "../../src/holdfast.ts";

const [main, copy] = [env["MAIN"], env["COPY"]] as Parameters<typeof neon>[0][];

const db = createHoldfastOn(workersRuntime, {
  endpoints: [
    { id: "main", role: "primary", connector: neon(main ?? "") },
    { id: "copy", role: "replica", connector: neon(copy ?? "") },
  ],
  readPreference: "secondaryPreferred",
  probe: { timeoutMs: 300, doubtAfterMs: 100 },
  alerts: false,
});

const VALUES = "select $1::int as i, $2::bytea as b, $3::timestamptz as t";

const deeds: Record<string, (ctx: ExecutionContext) => unknown> = {
  read: async (ctx) => {
    const params = [1, new Uint8Array([7]), new Date(0)];
    const { rows: [row], servedBy } = await db.session({ ctx }).query(VALUES, params);
    const bytes = Array.from((row?.["b"] ?? []) as Uint8Array);
    return { servedBy, row: { ...row, b: bytes } };
  },
  many: async (ctx) => {
    const session = db.session({ ctx });
    const all = Array.from({ length: 12 }, () => session.query("select pg_sleep(0.02)"));
    return (await Promise.all(all)).length;
  },
  write: async (ctx) => {
    await db.session({ ctx }).query("insert into note (text) values ('x')");
  },
  transaction: async (ctx) => {
    return await db.session({ ctx }).transaction(async (tx) => {
      await tx.query("insert into note (text) values ($1)", ["kept"]);
      return (await tx.query("select txid_current() = txid_current() as same")).rows;
    });
  },
  rollback: async (ctx) => {
    await db.session({ ctx }).transaction(async (tx) => {
      await tx.query("insert into note (text) values ('undone')");
      throw new Error("undo it");
    });
  },
  circuits: () => db.stats().endpoints.map(({ circuit }) => circuit),
  node: () => {
    const { process, Buffer } = globalThis as {
      readonly process?: unknown;
      readonly Buffer?: unknown;
    };
    return [typeof process, typeof Buffer];
  },
};

export default {
  async fetch(request: Request, _: unknown, ctx: ExecutionContext): Promise<Response> {
    const deed = new URL(request.url).searchParams.get("do") ?? "";
    try {
      return Response.json({ value: await deeds[deed]?.(ctx) ?? null });
    } catch (error) {
      const { message, code, executed } = error as Error & { code: string; executed: string };
      return Response.json({ error: { message, code, executed } });
    }
  },
};

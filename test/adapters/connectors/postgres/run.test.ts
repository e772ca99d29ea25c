/**
 * What `run` answers, over both ways a statement can take: prepared by postgres.js once and then
 * the fast way, or by postgres.js each time. They must not be told apart.
 */

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { postgres } from "../../../../adapters/connectors/postgres/mod.ts";
import type { Answer } from "../../../../src/model/result.ts";
import type { Connection } from "../../../../src/ports.ts";
import { type Cluster, startCluster, whyNoCluster } from "../../../cluster/mod.ts";
import { WAYS } from "./ways.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

describe.skipIf(missing)(`postgres() ${missing ?? ""}`, () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster({ replicas: 0 });
  });
  afterAll(() => cluster?.stop());

  describe.each(WAYS)("%s", (_, options) => {
    let connection: Connection;
    beforeEach(async () => {
      const connector = postgres({ url: cluster.primary.url(), ...options });
      connection = await connector.connect({ timeoutMs: 10_000 });
      await run("create temp table t (id serial primary key, x text unique)");
    });
    afterEach(() => connection.close());

    function run(text: string, params: readonly unknown[] = []): Promise<Answer> {
      return connection.run(text, params, { prepare: true });
    }

    /** The first time and the second, which may go another way, must give the same. */
    async function twice(text: string, params: readonly unknown[] = []): Promise<Answer> {
      const first = await run(text, params);
      const second = await run(text, params);
      expect(second).toStrictEqual(first);
      return first;
    }

    test("run() tells fields, the command and the rows affected", async () => {
      const inserted = await run("insert into t (x) values ('a'), ('b') returning id, x");
      expect(inserted).toStrictEqual({
        rows: [{ id: 1, x: "a" }, { id: 2, x: "b" }],
        fields: [{ name: "id", type: 23 }, { name: "x", type: 25 }],
        rowsAffected: 2,
        lastInsertId: 2,
        command: "INSERT",
      });
      const none = { rows: [], fields: [], rowsAffected: 0 };
      expect(await twice("update t set x = x")).toStrictEqual({
        ...none,
        rowsAffected: 2,
        command: "UPDATE",
      });
      expect(await twice("select 1 as n where false")).toStrictEqual({
        ...none,
        fields: [{ name: "n", type: 23 }],
        command: "SELECT",
      });
      expect(await twice("")).toStrictEqual(none);
      expect(Array.isArray(inserted.rows) && inserted.rows.constructor === Array).toBe(true);
    });

    test("run() rejects with the server's report and stays usable", async () => {
      await run("insert into t (x) values ('a')");
      for (let i = 0; i < 3; i++) {
        await expect(run("insert into t (x) values ($1)", ["a"])).rejects.toMatchObject({
          name: "Failure",
          origin: "server",
          phase: "answering",
          code: "23505",
          connection: "usable",
          report: { severity: "ERROR", constraint: "t_x_key", table: "t" },
        });
      }
      await expect(run("selec 1")).rejects.toMatchObject({
        code: "42601",
        report: { position: 1 },
      });
      expect((await run("select 1 as n")).rows).toEqual([{ n: 1 }]);
    });

    test("run() rejects what cannot be encoded and stays usable", async () => {
      for (let i = 0; i < 2; i++) {
        for (const value of [undefined, new Date(Number.NaN)]) {
          await expect(run("select $1::timestamptz as n", [value])).rejects.toMatchObject({
            origin: "client",
            connection: "usable",
          });
        }
        expect((await run("select $1::timestamptz as n", [null])).rows).toEqual([{ n: null }]);
        await run("select $1::timestamptz as n", [new Date(0)]);
      }
    });

    test("run() goes on when a table changes under a prepared statement", async () => {
      await run("insert into t (x) values ('a')");
      await twice("select * from t");
      await run("alter table t add column y int default 5");
      expect((await twice("select * from t")).rows).toEqual([{ id: 1, x: "a", y: 5 }]);
    });

    test("run() goes on when the prepared statements are gone, as behind a proxy", async () => {
      await twice("select 1 as n");
      await connection.run("deallocate all", [], { prepare: false });
      expect((await twice("select 1 as n")).rows).toEqual([{ n: 1 }]);
    });

    test("run() never hides a changed table inside a transaction", async () => {
      await twice("select * from t");
      await run("begin");
      await run("insert into t (x) values ('a')");
      await run("alter table t add column y int");
      const select = run("select * from t");
      if (options.prepare === false) {
        expect((await select).fields).toHaveLength(3);
        await run("rollback");
        return;
      }
      await expect(select).rejects.toMatchObject({ code: "0A000", connection: "usable" });
      await expect(run("select 1")).rejects.toMatchObject({ code: "25P02" });
      expect(await run("commit")).toMatchObject({ command: "ROLLBACK" });
      expect((await run("select count(*)::int as n from t")).rows).toEqual([{ n: 0 }]);
    });

    test("run() of a script answers with its last statement", async () => {
      const script = (text: string) => connection.run(text, [], { prepare: false });
      expect(
        await script("insert into t (x) values ('a'), ('b'); update t set x = 'c' where id = 1"),
      )
        .toStrictEqual({ rows: [], fields: [], rowsAffected: 1, command: "UPDATE" });
      expect(await script("select 1 as n; insert into t (x) values ('d')"))
        .toStrictEqual({ rows: [], fields: [], rowsAffected: 1, command: "INSERT" });
      expect(await script("insert into t (x) values ('e'); select 1 as n; select 2 as m, 3 as k"))
        .toMatchObject({ rows: [{ m: 2, k: 3 }], rowsAffected: 0, command: "SELECT" });
      await expect(script("select 1; selec 2")).rejects.toMatchObject({ code: "42601" });
      expect((await run("select 1 as n")).rows).toEqual([{ n: 1 }]);
    });

    test("run() refuses COPY and gives the connection up", async () => {
      for (const text of ["copy t from stdin", "copy t to stdout"]) {
        const own = await postgres(cluster.primary.url()).connect({ timeoutMs: 10_000 });
        await own.run("create temp table t (x text)", [], { prepare: false });
        await expect(own.run(text, [], { prepare: false })).rejects.toMatchObject({
          origin: "client",
          code: "COPY_UNSUPPORTED",
          connection: "broken",
        });
        expect(own.usable).toBe(false);
      }
    });

    test("run() runs one statement at a time", async () => {
      const first = run("select 1 as n");
      await expect(run("select 2 as n")).rejects.toMatchObject({
        code: "BUSY",
        phase: "connecting",
      });
      expect((await first).rows).toEqual([{ n: 1 }]);
    });

    test("run() reads a result of many chunks", async () => {
      const text = "select i, repeat('x', i % 5000) as x from generate_series(1, $1::int) i";
      for (let i = 0; i < 2; i++) {
        const { rows } = await run(text, [5_000]);
        expect(rows).toHaveLength(5_000);
        expect(rows.every((row, at) => String(row["x"]).length === (at + 1) % 5_000)).toBe(true);
      }
      const big = await twice("select repeat('🐘', 1000000) as x, $1::text as y", [
        "é".repeat(1e5),
      ]);
      expect(String(big.rows[0]?.["x"])).toHaveLength(2_000_000);
      expect(big.rows[0]?.["y"]).toBe("é".repeat(1e5));
    });

    test("run() goes on past the limit of prepared statements", async () => {
      for (let i = 0; i < 530; i++) await run(`select ${i} as n`);
      expect((await twice("select -1 as n")).rows).toEqual([{ n: -1 }]);
      const kept = await run("select count(*)::int as n from pg_prepared_statements");
      expect(kept.rows[0]?.["n"]).toBeLessThanOrEqual(513);
    });

    test("close() says goodbye, and nothing runs afterwards", async () => {
      await connection.close();
      expect(connection.usable).toBe(false);
      await expect(run("select 1")).rejects.toMatchObject({ phase: "connecting" });
      await connection.close();
    });
  });

  test("postgres() sends what is to be set at login", async () => {
    const connector = postgres({
      url: cluster.primary.url(),
      statementTimeoutMs: 1234,
      applicationName: "mine",
      connection: { search_path: "somewhere" },
    });
    const connection = await connector.connect({ timeoutMs: 10_000 });
    const text = `select current_setting('statement_timeout') as a,
      current_setting('application_name') as b, current_setting('search_path') as c`;
    const { rows } = await connection.run(text, [], { prepare: true });
    expect(rows).toEqual([{ a: "1234ms", b: "mine", c: "somewhere" }]);
    await connection.close();
  });
});

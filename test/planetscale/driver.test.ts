/**
 * The double is honest: PlanetScale's own client works against it.
 */

import { cast, connect, DatabaseError, UnknownError } from "@planetscale/database";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Double, READER, startDouble } from "./double.ts";
import { cloudflarePage } from "./faults.ts";
import { type MariadbPair, startMariadb, whyNoMariadb } from "./mariadb.ts";

const missing = whyNoMariadb();
if (missing) console.error(missing);

describe.skipIf(missing)(`@planetscale/database against the double ${missing ?? ""}`, () => {
  let pair: MariadbPair;
  let double: Double;
  beforeAll(async () => {
    pair = await startMariadb();
    double = await startDouble(pair);
    await pair.primary.query("create table app.t (id bigint auto_increment primary key, s text)");
  }, 120_000);
  afterAll(async () => {
    await double?.[Symbol.asyncDispose]();
    await pair?.stop();
  });

  test("values come by their types", async () => {
    const { rows } = await connect({ url: double.url() }).execute(
      "select 1 as i, 9223372036854775807 as big, 1.50 as d, 'ü' as s, null as n, x'00ff' as b, 1e0 as f",
    );
    expect(rows).toEqual([
      {
        i: 1,
        big: "9223372036854775807",
        d: "1.50",
        s: "ü",
        n: null,
        b: new Uint8Array([0, 255]),
        f: 1,
      },
    ]);
  });

  test("a command tells its rows and its id", async () => {
    const answer = await connect({ url: double.url() }).execute(
      "insert into t (s) values (?), (?)",
      ["a'", "b"],
    );
    expect(answer).toMatchObject({ rowsAffected: 2, insertId: "1" });
  });

  test("a transaction is one session: kept by commit, undone by rollback", async () => {
    const connection = connect({ url: double.url() });
    await connection.transaction((tx) => tx.execute("insert into t (s) values ('kept')"));
    await expect(connection.transaction(async (tx) => {
      await tx.execute("insert into t (s) values ('undone')");
      throw new Error("no");
    })).rejects.toThrow("no");
    const { rows } = await connection.execute("select s from t where s in ('kept', 'undone')");
    expect(rows).toEqual([{ s: "kept" }]);
    expect(double.held).toBe(0);
  });

  test("errors have the shapes the client knows", async () => {
    const connection = connect({ url: double.url() });
    const refused = await connection.execute("selec 1").catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(DatabaseError);
    expect((refused as DatabaseError).message).toContain("(errno 1064) (sqlstate 42000)");
    double.fault({ ...cloudflarePage(521), times: 1 });
    expect(await connection.execute("select 1").catch((error: unknown) => error)).toBeInstanceOf(
      UnknownError,
    );
    const stranger = connect({ url: double.url().replace("s3cret", "wrong") });
    await expect(stranger.execute("select 1")).rejects.toThrow("401");
  });

  test("CreateSession gives a session that statements go on with", async () => {
    const connection = connect({ url: double.url() });
    await connection.refresh();
    expect((await connection.execute("select 1 as one", null, { as: "object", cast })).rows)
      .toEqual([{ one: 1 }]);
  });

  test("a reader's password leads to the replica", async () => {
    await pair.waitCaughtUp();
    const reader = connect({
      host: "x",
      username: READER.user,
      password: READER.password,
      fetch: (_, init) =>
        fetch(`http://127.0.0.1:${double.port}/psdb.v1alpha1.Database/Execute`, init),
    });
    expect((await reader.execute("select @@read_only as ro")).rows).toEqual([{ ro: "1" }]);
    expect((await reader.execute("select count(*) as n from t")).rows).toHaveLength(1);
  });
});

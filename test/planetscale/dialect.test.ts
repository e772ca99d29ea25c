/**
 * MySQL's own words, from the text a caller writes to the error a real server gives: where a statement goes, which
 * question marks are parameters, and what an errno means.
 */

import { afterEach, describe, expect, test } from "vitest";
import { planetscale } from "../../adapters/connectors/planetscale/mod.ts";
import { createHoldfast, type Holdfast } from "../../src/holdfast.ts";
import { judge } from "../../src/judge/judge.ts";
import { Failure } from "../../src/model/failure.ts";
import type { Connection } from "../../src/ports.ts";
import { until } from "../cluster/wait.ts";
import { READER } from "./double.ts";
import { planetscaleGround, RUN } from "./ground.ts";
import { whyNoMariadb } from "./mariadb.ts";

const missing = whyNoMariadb();
if (missing) console.error(missing);

describe.skipIf(missing)(`MySQL throughout ${missing ?? ""}`, () => {
  const ground = planetscaleGround([
    "create table t (id int primary key, s varchar(100))",
    "insert into t values (1, 'one'), (2, 'it''s?')",
    "create sequence ids",
    "create table said (errno int, message varchar(100))",
    // The server's own signal, so that what MySQL alone says comes through a real one as well.
    "create trigger say before insert on said for each row " +
    "signal sqlstate 'HY000' set mysql_errno = new.errno, message_text = new.message",
  ]);
  const open: Holdfast[] = [];
  afterEach(async () => {
    ground.double.heal();
    await Promise.all(open.splice(0).map((db) => db.close()));
  });

  function holdfast(): Holdfast {
    const url = ground.double.url();
    const db = createHoldfast({
      endpoints: [
        { id: "primary", role: "primary", connector: planetscale(url) },
        { id: "replica", role: "replica", connector: planetscale({ url, target: "replica" }) },
      ],
      readPreference: "secondaryPreferred",
      probe: { intervalMs: 3_600_000 },
      alerts: false,
    });
    open.push(db);
    return db;
  }

  test.each<readonly [string, readonly unknown[], string, unknown]>([
    ["# whose? it's\nselect s from t where id = ? # 'and?", [1], "replica", "one"],
    ["select `s` from `t` where s = 'it\\'s?' or id = ?", [1], "replica", "one"],
    ['select s from t where s <> "?" and s <> "a""?" and id = ?', [2], "replica", "it's?"],
    ["select /* ? */ s from t where id = ? -- ?", [1], "replica", "one"],
    ["select 5--? as s", [1], "replica", 6],
    ["with a as (select s from t where id = ?) select s from a", [1], "replica", "one"],
    ["show columns from t like ?", ["s"], "replica", undefined],
    ["explain select s from t where id = ?", [1], "replica", undefined],
    ["select s from t where id = ? for update", [1], "primary", "one"],
    ["select s from t where id = ? lock in share mode", [1], "primary", "one"],
    ["select nextval(ids) as s where 1 = ?", [1], "primary", undefined],
    ["select s from t where id = ? into @s", [1], "primary", undefined],
    ["/*!50000 replace into t values (1, 'one') */", [], "primary", undefined],
    ["replace into t values (?, ?)", [1, "one"], "primary", undefined],
    ["insert into t values (?, 'x') on duplicate key update s = s", [1], "primary", undefined],
    ["insert ignore into t set id = ?", [1], "primary", undefined],
    ["update t set s = ? where id = 1 limit 1", ["one"], "primary", undefined],
    ["delete quick from t where id = ?", [0], "primary", undefined],
  ])("%s", async (text, params, servedBy, s) => {
    const answer = await holdfast().query(text, params);
    expect(answer.servedBy).toBe(servedBy);
    if (s !== undefined) expect(answer.rows[0]?.["s"]).toBe(s);
  });

  test("what stands behind --? is no comment: a condition there counts", async () => {
    const db = holdfast();
    const { rowsAffected } = await db.execute(
      "delete from t where id > 0--? and s = ?",
      [0, "nobody's"],
    );
    expect(rowsAffected).toBe(0);
  });

  test("a text for PostgreSQL is told apart before it is sent", async () => {
    const db = holdfast();
    const before = ground.double.log.length;
    await expect(db.query("select s from t where id = $1", [1])).rejects.toMatchObject({
      code: "PARAMETER",
    });
    expect(ground.double.log).toHaveLength(before);
  });

  async function outcome(
    text: string,
    connection?: Connection,
  ): Promise<readonly (string | undefined)[]> {
    const thrown = await (connection ?? await ground.connect()).run(text, [], RUN)
      .then(() => "nothing", (error: unknown) => error);
    if (!(thrown instanceof Failure)) throw new Error(`No Failure: ${String(thrown)}`);
    const { kind, scope, executed } = judge(thrown, "mysql");
    return [thrown.code, `${kind} ${scope} ${executed}`];
  }

  const say = (errno: number, message: string): string =>
    `insert into said values (${errno}, '${message}')`;
  const READ_ONLY_OPTION = "The MySQL server is running with the --super-read-only option";

  test.each([
    ["selec 1", "1064", "statement statement no"],
    ["insert into t values (1, 'again')", "1062", "statement statement no"],
    ["select * from nowhere", "1146", "statement statement no"],
    [
      "set statement max_statement_time = 0.01 for select sleep(60)",
      "1969",
      "cancelled statement no",
    ],
    [say(1290, READ_ONLY_OPTION), "1290", "readOnly client no"],
    [say(1290, "… with the --secure-file-priv option"), "1290", "statement statement no"],
    [say(1836, "Running in read-only mode"), "1836", "readOnly client no"],
    [say(1205, "Lock wait timeout exceeded"), "1205", "conflict statement no"],
    [say(1213, "Deadlock found"), "1213", "conflict statement no"],
    [say(3024, "maximum statement execution time exceeded"), "3024", "cancelled statement no"],
    [say(1040, "Too many connections"), "1040", "overloaded endpoint no"],
    [say(1053, "Server shutdown in progress"), "1053", "disconnected endpoint unknown"],
    [say(1180, "Got error during COMMIT"), "1180", "conflict statement unknown"],
  ])("a real server's own errno: %s", async (text, code, expected) => {
    expect(await outcome(text)).toEqual([code, expected]);
  });

  test("a replica's own 1290, and a statement that was killed", async () => {
    const replica = await planetscale(ground.double.url(READER)).connect({ timeoutMs: 5_000 });
    expect(await outcome("insert into t values (9, 'nine')", replica)).toEqual([
      "1290",
      "readOnly client no",
    ]);
    const running = outcome("select sleep(600) as killed");
    const at = await until(async () => {
      const rows = await ground.pair.primary.query(
        "select id from information_schema.processlist where info like '%as killed%' and id <> connection_id()",
      );
      return rows[0];
    }, { what: "the statement" });
    await ground.pair.primary.query(`kill query ${String(at["id"])}`);
    expect((await running)[1]).toBe("cancelled statement no");
  });
});

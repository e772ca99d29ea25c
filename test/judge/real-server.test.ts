import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { judgeAnswer } from "../../src/judge/answer.ts";
import { judge } from "../../src/judge/judge.ts";
import { redact } from "../../src/judge/redact.ts";
import { Failure, type FailurePhase } from "../../src/model/failure.ts";
import type { ServerWarning } from "../../src/model/result.ts";
import { type Cluster, startCluster, until, whyNoCluster } from "../cluster/mod.ts";
import { words } from "./failures.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

let cluster: Cluster;
let primary: string;
let standby: string;

beforeAll(async () => {
  if (missing) return;
  cluster = await startCluster({ replicas: 1, synchronous: true });
  primary = cluster.primary.url("postgres");
  standby = cluster.replicas[0]?.url("postgres") ?? "";
  await cluster.primary.query("create table t (id int primary key, v text)");
  await cluster.primary.query("insert into t values (4711, 'x')");
  await cluster.primary.query("create sequence s");
  await cluster.primary.query("create extension dblink");
  await cluster.primary.query(
    `create procedure half() language plpgsql as $$ begin
       insert into t values (1, 'half'); commit; raise exception using errcode = '40001'; end $$`,
  );
  await cluster.waitCaughtUp();
});

afterAll(() => cluster?.stop());

async function connected(url: string, warned?: (warning: ServerWarning) => void) {
  const client = new pg.Client(url);
  client.on("error", () => {});
  client.on("notice", ({ code, message, routine }) => {
    warned?.({
      code: code ?? "",
      message: message ?? "",
      ...(routine === undefined ? {} : { routine }),
    });
  });
  await client.connect();
  return client;
}

/** What pg says, in a connector's words. */
function translated(thrown: unknown, phase: FailurePhase): Failure {
  if (!(thrown instanceof pg.DatabaseError)) throw thrown;
  const { code = "", message, severity = "", routine, detail } = thrown;
  return new Failure({
    origin: "server",
    phase,
    code,
    message,
    connection: severity === "ERROR" ? "usable" : "broken",
    report: {
      severity,
      ...(routine === undefined ? {} : { routine }),
      ...(detail === undefined ? {} : { detail }),
    },
  });
}

/** The failure of the last of these texts. */
async function failing(
  url: string,
  texts: readonly string[],
  params: unknown[] = [],
): Promise<Failure> {
  const client = await connected(url);
  try {
    for (const text of texts.slice(0, -1)) await client.query(text);
    const last = texts.at(-1) ?? "";
    await (params.length === 0 ? client.query(last) : client.query(last, params));
  } catch (thrown) {
    return translated(thrown, "answering");
  } finally {
    await client.end().catch(() => {});
  }
  throw new Error(`did not fail: ${texts.join("; ")}`);
}

describe.skipIf(missing)("judge() on a real standby", () => {
  test.each([
    ["insert into t values (2)"],
    ["update t set v = 'y'"],
    ["select * from t for update"],
    ["with w as (delete from t returning 1) select * from w"],
    ["select nextval('s')"],
    ["select setval('s', 1)"],
    ["create temp table tt ()"],
    ["do $$ begin insert into t values (2); end $$"],
    ["select pg_current_xact_id()"],
    ["listen x"],
    ["lock table t"],
    ["select pg_current_wal_lsn()"],
    ["select pg_switch_wal()"],
    ["select pg_create_restore_point('p')"],
    ["begin isolation level serializable"],
    ["begin", "set transaction read write"],
  ])("judge() sends %s to the primary", async (...texts) => {
    expect(words(judge(await failing(standby, texts), "postgres"))).toBe("readOnly client no");
  });
});

describe.skipIf(missing)("judge() on a real primary", () => {
  test.each<[string, string[]]>([
    ["statement statement no", ["select pg_wal_replay_pause()"]],
    ["statement statement no", ["drop database nowhere"]],
    ["statement statement no", ["insert into t values (4711)"]],
    ["statement statement no", [
      "set temp_file_limit = 64",
      "set work_mem = '64kB'",
      "select g from generate_series(1, 100000) g order by g desc",
    ]],
    ["cancelled statement no", ["set statement_timeout = 20", "select pg_sleep(60)"]],
    ["cancelled statement no", ["set transaction_timeout = 20", "select pg_sleep(60)"]],
    ["disconnected endpoint unknown", ["select pg_terminate_backend(pg_backend_pid())"]],
    ["unavailable statement unknown", [
      "select * from dblink('host=127.0.0.1 port=1', 'select 1') as x (a int)",
    ]],
  ])("judge() says %s of %j", async (expected, texts) => {
    expect(words(judge(await failing(primary, texts), "postgres"))).toBe(expected);
  });

  test("judge() does not blame the line for parameters that do not fit", async () => {
    const client = await connected(primary);
    const thrown: unknown = await client
      .query({ name: "two", text: "select $1::int, $2::int", values: [1] })
      .catch((error: unknown) => error);
    await client.end();
    const outcome = judge(translated(thrown, "answering"), "postgres");
    expect(words(outcome)).toBe("statement statement no");
  });

  test("judge() doubts a procedure that had committed half of its work", async () => {
    const failure = await failing(primary, ["call half()"]);
    const running = { intent: "write", queryType: "procedure", statements: 1 } as const;
    expect(words(judge(failure, "postgres", running))).toBe("conflict statement unknown");
    expect(await cluster.primary.query("select 1 from t where id = 1")).toHaveLength(1);
  });

  test.each([
    ["an unknown database", (url: URL) => (url.pathname = "/nowhere")],
    ["an unknown role", (url: URL) => (url.username = "nobody")],
    ["a wrong setting", (url: URL) => url.searchParams.set("options", "-c work_mem=xx")],
    ["a database without connections", (url: URL) => (url.pathname = "/template0")],
  ])("judge() calls %s misconfigured", async (_what, spoil) => {
    const url = new URL(primary);
    spoil(url);
    const thrown: unknown = await connected(url.href).catch((error: unknown) => error);
    const outcome = judge(translated(thrown, "connecting"), "postgres");
    expect(words(outcome)).toBe("misconfigured endpoint no");
  });
});

describe.skipIf(missing)("redact() on a real server", () => {
  test("redact() finds every parameter of a failing row, however PostgreSQL writes it", async () => {
    await cluster.primary.query(
      "create table r (i int, v text, k text, j jsonb, d timestamptz, b bytea, n int not null)",
    );
    const params = [
      1234,
      "longsecret".repeat(20),
      "日本語".repeat(30),
      { pin: 4711, "a@b.c": 'quo"te' },
      new Date("2026-11-23T10:20:30.400Z"),
      Buffer.from("top secret bytes, more of them than PostgreSQL shows in one message"),
    ];
    const failure = await failing(
      primary,
      ["set timezone = 'UTC'", "insert into r values ($1, $2, $3, $4, $5, $6, null)"],
      params,
    );
    expect(redact(failure.report?.detail ?? "", params)).toBe(
      'Failing row contains ($1, $2..., $3..., {"pin": $4, "$4": "$4"}, $5+00, \\x$6..., null).',
    );
  });
});

describe.skipIf(missing)("judgeAnswer() on a real server", () => {
  test("judgeAnswer() calls a commit unreplicated whose wait was cancelled", async () => {
    const warnings: ServerWarning[] = [];
    const client = await connected(primary, (warning) => warnings.push(warning));
    const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
    await cluster.replicas[0]?.kill();
    const inserted = client.query("insert into t values (3)");
    await until(async () => {
      const [seen] = await cluster.primary.query(
        `select pg_cancel_backend(pid) from pg_stat_activity
          where pid = $1 and wait_event = 'SyncRep'`,
        [rows[0]?.pid],
      );
      return seen !== undefined;
    }, { what: "the insert to wait for its replica" });
    expect((await inserted).rowCount).toBe(1);
    await client.end();
    expect(warnings.map((warning) => judgeAnswer({ warning })?.kind)).toEqual(["unreplicated"]);
  });
});

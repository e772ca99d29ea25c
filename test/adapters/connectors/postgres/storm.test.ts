/** Many callers over a few connections while the server dies in every way at once. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Cluster, startCluster, until, whyNoCluster } from "../../../cluster/mod.ts";
import { type Client, ours } from "./facade.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

const CALLERS = 50;

describe.skipIf(missing)(`postgres() ${missing ?? ""}`, () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster({ replicas: 0 });
    await cluster.primary.query("create table pairs (id int, half int)");
  });
  afterAll(() => cluster?.stop());

  /** Progress that a test can wait for. */
  interface Caller {
    rounds: number;
    wrong: number;
  }

  test("run() leaves nobody stuck, nothing wrong and no half transaction", async () => {
    const client = ours(cluster.primary.url(), 10);
    let isOver = false;
    const callers: Caller[] = Array.from({ length: CALLERS }, () => ({ rounds: 0, wrong: 0 }));
    const all = callers.map(async (caller, index) => {
      for (let turn = 0; !isOver; turn++) {
        try {
          if (index % 5 === 0) await writePair(client, index * 1_000_000 + turn);
          else if (!await readsItsOwn(client, index * 1_000_000 + turn)) caller.wrong++;
          caller.rounds++;
        } catch {
          // Retried at once; but a refused connect takes no time, and others want to run as well.
          await new Promise((resolve) => setImmediate(resolve));
        }
      }
    });
    const everybodyMoved = async (): Promise<void> => {
      const before = callers.map(({ rounds }) => rounds);
      await until(() => callers.every(({ rounds }, i) => rounds > (before[i] ?? 0)), {
        what: "every caller to get on",
        timeoutMs: 30_000,
      });
    };
    await everybodyMoved();
    for (let i = 0; i < 5; i++) {
      await cluster.primary.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'holdfast'",
      );
      await everybodyMoved();
    }
    await cluster.primary.kill();
    await cluster.primary.start();
    await everybodyMoved();
    isOver = true;
    await Promise.all(all);
    await client.end();
    expect(callers.reduce((sum, { wrong }) => sum + wrong, 0)).toBe(0);
    const halves = await cluster.primary.query(
      "select id from pairs group by id having count(*) <> 2",
    );
    expect(halves).toEqual([]);
  });
});

async function readsItsOwn(client: Client, n: number): Promise<boolean> {
  const rows = await client.query(`select ${n} as n`);
  return rows.length === 1 && rows[0]?.["n"] === n;
}

async function writePair(client: Client, id: number): Promise<void> {
  await client.transaction(async (tx) => {
    await tx.run(`insert into pairs values (${id}, 1)`);
    await tx.run(`insert into pairs values (${id}, 2)`);
  });
}

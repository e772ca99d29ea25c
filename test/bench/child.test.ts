import { describe, expect, test } from "vitest";
import { runInChild } from "../../bench/child/run-in-child.ts";
import type { PoolJob } from "../../bench/pool/turn.ts";
import type { SlowJob } from "../../bench/slow/turn.ts";

/** Port 1: nobody is there. */
const NOWHERE = "postgres://nobody@127.0.0.1:1/nothing";

const POOL: PoolJob = {
  part: "pool",
  name: "pg named",
  url: NOWHERE,
  connections: 1,
  callers: 2,
  warmUpMs: 1,
  turnMs: 1,
};

const SLOW: SlowJob = {
  part: "slow",
  name: "holdfast p2c",
  targets: [
    { id: "primary", role: "primary", url: NOWHERE },
    { id: "replica1", role: "replica", url: NOWHERE },
  ],
  slowed: "replica1",
  perSecond: 10,
  warmUpMs: 1,
  fastMs: 1,
  slowMs: 1,
};

describe("runInChild()", () => {
  test("runInChild() brings the sample home, errors of the contestant counted", async () => {
    const sample = await runInChild<{ failed: number }>(POOL, { deadlineMs: 50_000 });
    expect(sample).toMatchObject({ firstError: expect.stringContaining("ECONNREFUSED") });
    expect(sample.failed).toBeGreaterThan(0);
  });

  test("runInChild() rejects with what went wrong in the child", async () => {
    const job = { ...POOL, name: "a pool unheard of" };
    await expect(runInChild(job, { deadlineMs: 50_000 })).rejects.toThrow("a pool unheard of");
  });

  test("runInChild() rejects when the child is to wait for something that fails here", async () => {
    const reached = (point: string): number => {
      throw new Error(`no ${point}`);
    };
    await expect(runInChild(SLOW, { deadlineMs: 50_000, reached })).rejects.toThrow("no warm");
  });

  test("runInChild() waits no longer than its deadline", async () => {
    const reached = (): Promise<number> => new Promise(() => {});
    await expect(runInChild(SLOW, { deadlineMs: 1_500, reached })).rejects.toThrow("1500 ms");
  });
});

import { describe, expect, test } from "vitest";
import type { EndpointBelief, Snapshot } from "../../src/model/belief.ts";
import { CLUSTER_DEFAULTS } from "../../src/model/cluster-rules.ts";
import type { ClaimAnswer, LeaseAnswer } from "../../src/ports.ts";
import type { DenoChild } from "./child.ts";
import { createPlace, report } from "./place.ts";

/** A trial is due at once. */
const TERMS = { rules: { ...CLUSTER_DEFAULTS, cooldownMs: 1, maxCooldownMs: 1 }, random: 0 };

function beliefIn({ endpoints }: Snapshot, id: string): EndpointBelief | undefined {
  return endpoints.find((one) => one.id === id);
}

/** Two processes find `a` down, one after the other. */
async function takeOut(one: DenoChild, other: DenoChild): Promise<Snapshot> {
  await one.ask("sync", report("one", 1, { a: "up", b: "up" }), TERMS);
  await other.ask("sync", report("other", 1, { a: "up", b: "up" }), TERMS);
  const alone = await one.ask<Snapshot>("sync", report("one", 2, { a: "down", b: "up" }), TERMS);
  expect(beliefIn(alone, "a")?.phase).toBe("closed");
  return other.ask("sync", report("other", 2, { a: "down", b: "up" }), TERMS);
}

/** Reports the same again, which changes nothing, until a trial may be claimed. */
async function untilDue(member: DenoChild): Promise<void> {
  for (;;) {
    const now = await member.ask<Snapshot>("sync", report("one", 2, {}), TERMS);
    if (beliefIn(now, "a")?.remainingMs === 0) return;
  }
}

describe("denoKvStore() in several Deno processes on one file", () => {
  test("a circuit that two opened together is open for a third from its first sync", async () => {
    const { member } = await createPlace();
    const [one, other] = [member(), member()];
    const together = await takeOut(one, other);
    expect(beliefIn(together, "a")).toMatchObject({ phase: "open", round: 1 });
    await Promise.all([one.kill(), other.kill()]);

    const fresh = await member().ask<Snapshot>("sync", report("third", 1, {}), TERMS);
    expect(fresh.origin).toBe(together.origin);
    expect(beliefIn(fresh, "a")).toMatchObject({ phase: "open", round: 1 });
    expect(beliefIn(fresh, "b")?.phase).toBe("closed");
  });

  test("of many claims in two processes exactly one is granted, and its trial closes for all", async () => {
    const { member } = await createPlace();
    const [one, other] = [member(), member()];
    await takeOut(one, other);
    await untilDue(one);

    const sides = [[one, "one"], [other, "other"]] as const;
    const claims = Array.from({ length: 20 }, () => sides).flat()
      .map(async ([side, reporter]) => {
        const answer = await side.ask<ClaimAnswer>("claim", { endpoint: "a", reporter }, TERMS);
        return { side, reporter, answer };
      });
    const granted = (await Promise.all(claims)).filter(({ answer }) => answer.granted);
    expect(granted).toHaveLength(1);

    const [{ side, reporter, answer }] = granted as [Awaited<(typeof claims)[number]>];
    const trial = { token: answer.granted ? answer.token : 0, passed: true };
    await side.ask("sync", { ...report(reporter, 3, {}), endpoints: [{ id: "a", trial }] }, TERMS);
    const witness = side === one ? other : one;
    const seen = await witness.ask<Snapshot>("sync", report("third", 1, {}), TERMS);
    expect(beliefIn(seen, "a")).toMatchObject({ phase: "closed", ramp: { overMs: 10_000 } });
  });

  test("processes that write at the same time lose nothing, though the file is locked to the others", async () => {
    const { member } = await createPlace();
    const members = [member(), member(), member()];
    const names = Array.from({ length: 15 }, (_, i) => `reporter-${i}`);
    for (let seq = 1; seq <= 4; seq++) {
      await Promise.all(
        names.map((name, i) => members[i % 3]!.ask("sync", report(name, seq, { [name]: "up" }))),
      );
    }
    const seen = await members[0]!.ask<Snapshot>("sync", report("reporter-0", 5, {}));
    expect(seen.endpoints.map(({ id }) => id).sort()).toEqual(names.sort());
  });

  test("a command given in one process is followed in the other", async () => {
    const { member } = await createPlace();
    const [one, other] = [member(), member()];
    await one.ask("command", { type: "isolate", endpoint: "a" });
    const seen = await other.ask<Snapshot>("sync", report("other", 1, {}));
    expect(beliefIn(seen, "a")?.phase).toBe("isolated");
  });
});

describe("denoKvStore() without a database", () => {
  test("it opens Deno's own, which asks for no permission and outlives the process", async () => {
    const { member } = await createPlace();
    const plain = { byDefault: true, flags: ["--unstable-kv", "--no-prompt"] };
    const one = member(plain);
    const first = await one.ask<Snapshot>("sync", report("one", 1, { a: "up" }));
    await one.kill();
    const next = await member(plain).ask<Snapshot>("sync", report("other", 1, { a: "up" }));
    expect(next.origin).toBe(first.origin);
  });
});

describe("denoKvStore().lease() in several Deno processes on one file", () => {
  test("of many that ask at once one has it, and only who has it can give it back", async () => {
    const { member } = await createPlace();
    const members = [member(), member()];
    const ask = (holder: string): Promise<LeaseAnswer> =>
      members[holder.length % 2]!.ask("lease", { name: "prober", holder, ttlMs: 600_000 });
    const holders = Array.from({ length: 12 }, (_, i) => "x".repeat(i + 1));
    const answers = await Promise.all(holders.map(ask));
    const winners = holders.filter((_, i) => answers[i]?.held === true);
    expect(winners).toHaveLength(1);
    const [winner = ""] = winners;
    const loser = `${winner}x`;

    await members[0]!.ask("unlease", { name: "prober", holder: loser });
    expect(await ask(loser)).toMatchObject({ held: false });
    await members[0]!.ask("unlease", { name: "prober", holder: winner });
    expect(await ask(loser)).toMatchObject({ held: true, token: 2 });
  });

  test("who has it renews it under the same token, and other names have leases of their own", async () => {
    const { member } = await createPlace();
    const one = member();
    const asked = { name: "prober", holder: "one", ttlMs: 600_000 };
    const first = await one.ask<LeaseAnswer>("lease", asked);
    expect(first).toMatchObject({ held: true, token: 1 });
    expect(await one.ask("lease", asked)).toMatchObject({ held: true, token: 1 });
    expect(await one.ask("lease", { ...asked, name: "steward", holder: "other" })).toMatchObject({
      held: true,
      token: 1,
    });
  });

  test("kill -9 of the holder frees the lease within its expiry, under a higher token", async () => {
    const { member } = await createPlace();
    const [holder, heir] = [member(), member()];
    const ttlMs = 1_500;
    const held = await holder.ask<LeaseAnswer>("lease", { name: "prober", holder: "one", ttlMs });
    await holder.kill();
    const denied = await heir.ask<LeaseAnswer>("lease", {
      name: "prober",
      holder: "two",
      ttlMs,
    });
    expect(held).toMatchObject({ held: true, token: 1 });
    expect(denied).toMatchObject({ held: false });
    expect(denied.held ? Infinity : denied.retryAfterMs).toBeLessThanOrEqual(ttlMs);
    // It waits as long as it is told, which is the lease's rest.
    expect(await heir.ask("acquire", { name: "prober", holder: "two", ttlMs })).toMatchObject({
      held: true,
      token: 2,
    });
  });

  test("an open database does not keep a process alive", async () => {
    const { member } = await createPlace();
    const one = member();
    await one.ask("lease", { name: "prober", holder: "one", ttlMs: 600_000 });
    expect(await one.end()).toBe(0);
  });
});

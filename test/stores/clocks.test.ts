import { afterEach, describe, expect, test, vi } from "vitest";
import type { Cell } from "../../adapters/stores/cell/cell.ts";
import { cellStore } from "../../adapters/stores/cell/cell-store.ts";
import { CLUSTER_DEFAULTS } from "../../src/model/cluster-rules.ts";
import type { Snapshot } from "../../src/model/belief.ts";
import { workersKv } from "../../adapters/stores/workers-kv/mod.ts";
import { Ledger } from "../../adapters/stores/durable-object/mod.ts";
import { commandTurn } from "../../adapters/stores/cell/turn.ts";
import { FakeStorage } from "../adapters/cloudflare/fake-object.ts";
import { beliefOf, down, type Reporter, reporter, terms, up } from "../contract/store-stage.ts";

const HOUR_MS = 3_600_000;
/** Of one process's clock, against the others'. */
const SKEWS: readonly number[] = [-3 * HOUR_MS, -70_000, -50_000, 50_000, 70_000, 3 * HOUR_MS];

/** One value that several write to, each by a clock of its own: as in Deno KV, or a table. */
class SharedValue {
  now = 1_000_000_000;
  text: string | undefined;
  #mark = 0;

  cell(skewMs: number): Cell {
    const reading = () => ({ text: this.text, mark: `${this.#mark}`, now: this.now + skewMs });
    return {
      name: "shared",
      read: async () => reading(),
      swap: async ({ mark }, text) => {
        const swapped = mark === `${this.#mark}`;
        if (swapped) {
          this.text = text;
          this.#mark++;
        }
        return { swapped, reading: reading() };
      },
    };
  }

  process(name: string, skewMs = 0): Reporter {
    const clock = { now: () => this.now };
    return reporter(cellStore(this.cell(skewMs), { clock }), name, CLUSTER_DEFAULTS);
  }
}

const TERMS = terms(CLUSTER_DEFAULTS);
const ALL = [up("p"), up("q"), up("r")];

/** What a person has commanded, as far as it can be seen. */
function commanded({ origin, endpoints, assignment }: Snapshot): unknown {
  const { agoMs: _, ...assigned } = assignment ?? { agoMs: 0 };
  const held = endpoints.filter(({ phase, removed }) => phase === "isolated" || removed === true);
  return [origin, held.map(({ id, phase, removed }) => [id, phase, removed]), assigned];
}

/** Two of three find `r` down. */
async function takeOut(fleet: readonly Reporter[]): Promise<void> {
  for (const one of fleet) await one.tell(...ALL);
  for (const one of fleet) await one.tell(up("p"), up("q"), down("r"));
}

describe("cellStore() where one process's clock is wrong", () => {
  test.each(SKEWS)("by %d ms: what a person commanded stays, whoever syncs", async (skewMs) => {
    const value = new SharedValue();
    const right = value.process("right");
    const wrong = value.process("wrong", skewMs);
    await right.tell(...ALL);
    await right.store.command({ type: "isolate", endpoint: "q" }, TERMS);
    await right.store.command({ type: "remove", endpoint: "r" }, TERMS);
    const last = await right.store.command({ type: "failover", from: "p", to: "r" }, TERMS);
    let { version } = last;
    for (let i = 0; i < 20; i++) {
      value.now += 1_000;
      const passing = value.process(`passing-${i}`, i % 2 === 0 ? skewMs : 0);
      for (const one of [wrong, right, passing]) {
        const snapshot = await one.tell();
        expect(commanded(snapshot)).toEqual(commanded(last));
        expect(snapshot.version).toBeGreaterThanOrEqual(version);
        ({ version } = snapshot);
      }
    }
  });

  test.each(SKEWS)(
    "by %d ms: what it commands stays too, and its time comes right",
    async (skewMs) => {
      const value = new SharedValue();
      const right = value.process("right");
      await right.tell(...ALL);
      const wrong = value.process("wrong", skewMs);
      await wrong.store.command({ type: "isolate", endpoint: "q" }, TERMS);
      const last = await wrong.store.command({ type: "failover", from: "p", to: "r" }, TERMS);
      value.now += 120_000;
      const later = await right.tell(...ALL);
      expect(commanded(later)).toEqual(commanded(last));
      value.now += 120_000;
      const { assignment } = await right.tell(...ALL);
      expect(assignment?.agoMs).toBeGreaterThanOrEqual(119_000);
    },
  );

  test.each(SKEWS)("by %d ms: tokens of trials rise all the same", async (skewMs) => {
    const value = new SharedValue();
    const fleet = [value.process("a"), value.process("b"), value.process("wrong", skewMs)];
    let last = 0;
    for (let i = 0; i < 5; i++) {
      await takeOut(fleet);
      for (let s = 0; s < 120; s++) {
        value.now += 1_000;
        for (const { name, store } of fleet) {
          const answer = await store.claim({ endpoint: "r", reporter: name }, TERMS);
          if (!answer.granted) continue;
          expect(answer.token).toBeGreaterThan(last);
          last = answer.token;
        }
      }
    }
    expect(last).toBeGreaterThan(3);
  });

  test.each(SKEWS)("by %d ms: what is well again comes back", async (skewMs) => {
    const value = new SharedValue();
    const right = [value.process("a"), value.process("b"), value.process("c")];
    await takeOut(right);
    const wrong = value.process("wrong", skewMs);
    const trials = new Map<Reporter, number>();
    let backAfter: number | undefined;
    for (let s = 0; s < 180 && backAfter === undefined; s++) {
      value.now += 1_000;
      // The wrong one is the quickest, and needs a second for a trial as the others do.
      for (const one of [wrong, ...right]) {
        const token = trials.get(one);
        trials.delete(one);
        const trial = token === undefined ? {} : { trial: { token, passed: true } };
        const snapshot = await one.tell(up("p"), up("q"), { id: "r", ...trial });
        const { phase, remainingMs } = beliefOf(snapshot, "r");
        if (phase === "closed") backAfter = s;
        if (phase !== "open" || remainingMs !== 0) continue;
        const answer = await one.store.claim({ endpoint: "r", reporter: one.name }, TERMS);
        if (answer.granted) trials.set(one, answer.token);
      }
    }
    expect(backAfter).toBeLessThan(90);
  });

  test.each(SKEWS)(
    "by %d ms: once it is gone a pause is no longer than the longest",
    async (skewMs) => {
      const value = new SharedValue();
      const a = value.process("a");
      await takeOut([a, value.process("b"), value.process("wrong", skewMs)]);
      await value.process("wrong-too", skewMs).tell(up("p"), up("q"), down("r"));
      let granted = false;
      for (let s = 0; s < 91 && !granted; s++) {
        value.now += 1_000;
        if (beliefOf(await a.tell(up("p"), up("q"), down("r")), "r").phase === "closed") continue;
        ({ granted } = await a.store.claim({ endpoint: "r", reporter: "a" }, TERMS));
      }
      expect(granted).toBe(true);
    },
  );

  test("by 5 ms: a trial is granted to one, though it ends later than by the other's clock", async () => {
    const value = new SharedValue();
    const fleet = [value.process("a"), value.process("b"), value.process("early", -5)];
    await takeOut(fleet);
    value.now += 5_000;
    const answers = [];
    for (const { name, store } of fleet) {
      answers.push(await store.claim({ endpoint: "r", reporter: name }, TERMS));
    }
    expect(answers.map(({ granted }) => granted)).toEqual([true, false, false]);
  });
});

describe("a Durable Object's clock", () => {
  test("that is set, in an object or for its next life, takes nothing away and stops nothing", () => {
    const storage = new FakeStorage();
    const warnings: string[] = [];
    let now = 1_000_000_000;
    const ledger = (): Ledger => {
      return new Ledger({ storage, now: () => now, warn: (because) => warnings.push(because) });
    };
    const first = ledger();
    first.play(commandTurn({ type: "isolate", endpoint: "q" }), TERMS);
    first.play(commandTurn({ type: "failover", from: "p", to: "r" }), TERMS);
    const { origin } = first.cluster;
    for (const skewMs of [3 * HOUR_MS, -3 * HOUR_MS, -70_000, -HOUR_MS]) {
      now += skewMs;
      for (const one of [first, ledger()]) {
        expect(one.now()).toBe(now);
        one.play(commandTurn({ type: "add", endpoint: "q" }), TERMS);
        expect(one.cluster).toMatchObject({ origin, assignment: { from: "p", to: "r" } });
        expect(one.cluster.endpoints).toMatchObject([{ circuit: { phase: "isolated" } }]);
      }
    }
    expect(warnings).toEqual([]);
    now -= 5_000;
    expect(first.now()).toBe(now + 5_000);
  });
});

describe("workersKv() where one isolate's clock is wrong", () => {
  afterEach(() => void vi.useRealTimers());

  test("what is kept stays, and it writes on after its clock is set right", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: 1_000_000_000 });
    let kept: string | undefined;
    const namespace = {
      get: async () => kept ?? null,
      put: async (_key: string, value: string) => {
        kept = value;
      },
    };
    const isolates = ["a", "b"].map((name) => {
      return reporter(workersKv(namespace) as never, name, CLUSTER_DEFAULTS);
    });
    const origins = new Set<string>();
    for (const skewMs of [0, 3 * HOUR_MS, -3 * HOUR_MS, -70_000, 70_000]) {
      vi.setSystemTime(Date.now() + skewMs);
      for (const { name, tell } of isolates) {
        const before = kept;
        origins.add((await tell(...ALL, up(`new-${name}-${skewMs}`))).origin);
        expect(kept === before).toBe(false);
        vi.setSystemTime(Date.now() + 1_000);
      }
    }
    expect(origins.size).toBe(1);
  });
});

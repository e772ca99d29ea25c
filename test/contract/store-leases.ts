/**
 * The store's contract: one among several, where a store can elect one.
 */

import type { LeaseAnswer } from "../../src/ports.ts";
import { check, same } from "./check.ts";
import {
  type StoreCase,
  storeErrorOf,
  type StoreGround,
  type TriedStore,
  until,
} from "./store-stage.ts";

const LONG_MS = 60_000;
const SHORT_MS = 200;

function ask(
  store: TriedStore,
  holder: string,
  ttlMs: number = LONG_MS,
  name = "prober",
): Promise<LeaseAnswer> {
  check(store.lease !== undefined, "it has leases");
  return store.lease({ name, holder, ttlMs });
}

async function take(store: TriedStore, holder: string, ttlMs?: number): Promise<number> {
  const answer = await ask(store, holder, ttlMs);
  check(answer.held, `${holder} has it`);
  return answer.token;
}

/** Waits until somebody's lease is over, and takes it. */
function takeOver(ground: StoreGround, store: TriedStore, holder: string): Promise<number> {
  return until(ground, "the lease", async () => {
    const answer = await ask(store, holder);
    return answer.held ? answer.token : undefined;
  });
}

export const LEASE_CASES: readonly StoreCase[] = [
  {
    name: "lease(): of twenty that ask at the same time one has it",
    async run({ open }) {
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, i) => ask(open(), `holder-${i}`)),
      );
      same(answers.filter((answer) => answer.held).length, 1, "the number of holders");
      for (const answer of answers) {
        const ms = answer.held ? answer.forMs : answer.retryAfterMs;
        check(ms > 0 && ms <= LONG_MS, `for ${ms} ms`);
      }
    },
  },
  {
    name: "lease(): who has it and asks again keeps it, and its token",
    async run({ open }) {
      const [a, b] = [open(), open()];
      const token = await take(a, "a");
      for (let i = 0; i < 3; i++) same(await take(a, "a"), token, "the token");
      same((await ask(b, "b")).held, false, "another one's");
      same(await take(b, "a"), token, "the token, for the holder by another way");
    },
  },
  {
    name: "lease(): renewed in time it outlives its first expiry",
    async run(ground) {
      const [a, b] = [ground.open(), ground.open()];
      const token = await take(a, "a", SHORT_MS);
      same(await take(a, "a", LONG_MS), token, "the token");
      const answer = await ask(b, "b");
      check(!answer.held && answer.retryAfterMs > SHORT_MS, "it holds for the longer time");
    },
  },
  {
    name: "lease(): one that is not renewed ends, and the next holder's token is higher",
    async run(ground) {
      const [a, b] = [ground.open(), ground.open()];
      const first = await take(a, "a", SHORT_MS);
      const second = await takeOver(ground, b, "b");
      check(second > first, `${second} comes after ${first}`);
      same((await ask(a, "a")).held, false, "the first one's");
    },
  },
  {
    name: "unlease(): gives it back at once; who does not have it changes nothing",
    async run({ open }) {
      const [a, b] = [open(), open()];
      check(a.unlease !== undefined && b.unlease !== undefined, "it has leases");
      await b.unlease({ name: "prober", holder: "b" });
      const first = await take(a, "a");
      await b.unlease({ name: "prober", holder: "b" });
      same((await ask(b, "b")).held, false, "another one's");
      await a.unlease({ name: "prober", holder: "a" });
      await a.unlease({ name: "prober", holder: "a" });
      const second = await take(b, "b");
      check(second > first, `${second} comes after ${first}`);
      await a.unlease({ name: "prober", holder: "a" });
      same(await take(b, "b"), second, "the token of who has it still");
    },
  },
  {
    name: "lease(): tokens rise, however fast holders follow each other",
    async run({ open }) {
      const store = open();
      let last = -1;
      for (let i = 0; i < 20; i++) {
        const token = await take(store, `holder-${i}`);
        check(token > last, `${token} comes after ${last}`);
        last = token;
        await store.unlease?.({ name: "prober", holder: `holder-${i}` });
      }
    },
  },
  {
    name: "lease(): each name is a lease of its own",
    async run({ open }) {
      const store = open();
      await take(store, "a");
      same((await ask(store, "b", LONG_MS, "other")).held, true, "the other one");
    },
  },
  {
    name: "lease(): what makes no sense is refused with a StoreError",
    async run({ open }) {
      const store = open();
      for (const ttlMs of [0, -1, NaN, Infinity]) await storeErrorOf(ask(store, "a", ttlMs));
      for (const name of ["", "x".repeat(10_000), "a\nb"]) {
        await storeErrorOf(ask(store, "a", LONG_MS, name));
        await storeErrorOf(ask(store, name));
      }
    },
  },
];

/**
 * The store's contract: one trial for the whole fleet.
 */

import { CLUSTER_DEFAULTS } from "../../src/model/cluster-rules.ts";
import { check, same } from "./check.ts";
import {
  beliefOf,
  bringDown,
  claimed,
  reporter,
  RULES,
  SHORT_TRIALS,
  type StoreCase,
  terms,
  until,
  up,
} from "./store-stage.ts";

export const CLAIM_CASES: readonly StoreCase[] = [
  {
    name: "claim(): of fifty that ask at the same time one makes the trial",
    async run(ground) {
      const [a] = await bringDown(ground);
      await until(ground, "the trial being due", async () => {
        return beliefOf(await a.tell(), "r").remainingMs === 0 ? true : undefined;
      });
      const stores = Array.from({ length: 10 }, () => ground.open());
      const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => {
        const store = stores[i % stores.length] ?? a.store;
        return store.claim({ endpoint: "r", reporter: `claimant-${i}` }, terms());
      }));
      const granted = answers.filter((answer) => answer.granted);
      same(granted.length, 1, "the number of trials");
      for (const answer of answers) {
        if (answer.granted) {
          check(answer.forMs > 0 && answer.forMs <= CLUSTER_DEFAULTS.trialTimeoutMs, "forMs");
        } else check(answer.retryAfterMs > 0, "who is denied is told when to ask again");
      }
      const { phase, remainingMs = 0 } = beliefOf(await a.tell(), "r");
      same(phase, "halfOpen", "its phase");
      check(remainingMs > 0, "others hear for how long");
    },
  },
  {
    name: "claim(): not before the pause is over, not of what is well, not of what nobody knows",
    async run(ground) {
      const pauses = { ...RULES, cooldownMs: 600_000, maxCooldownMs: 600_000 };
      const [{ store }] = await bringDown(ground, pauses);
      const { version } = await store.command({ type: "add", endpoint: "p" }, terms(pauses));
      for (const endpoint of ["r", "p", "unheard-of"]) {
        const answer = await store.claim({ endpoint, reporter: "x" }, terms(pauses));
        check(!answer.granted && answer.retryAfterMs > 0, `no trial of ${endpoint}`);
        if (endpoint === "r") check(answer.retryAfterMs > 60_000, "until the pause is over");
      }
      const after = await store.command({ type: "add", endpoint: "p" }, terms(pauses));
      same(after.version, version, "the version after claims that were denied");
    },
  },
  {
    name: "claim(): a trial without a result expires, and the next one has a higher token",
    async run(ground) {
      const [a, b] = await bringDown(ground, SHORT_TRIALS);
      const lost = await claimed(ground, a, SHORT_TRIALS);
      const next = await claimed(ground, b, SHORT_TRIALS);
      check(next.token > lost.token, `${next.token} comes after ${lost.token}`);
      // The lost one's result comes late, and says nothing.
      const trial = { token: lost.token, passed: true };
      const { phase } = beliefOf(await a.tell({ id: "r", trial }), "r");
      check(phase !== "closed", "a late result closes nothing");
    },
  },
  {
    name: "claim(): who never finishes its trial lets others go first, however quick it is",
    async run(ground) {
      const [a, b] = await bringDown(ground, SHORT_TRIALS);
      const lost = await claimed(ground, a, SHORT_TRIALS);
      const [who, { token }] = await until(ground, "the next trial of r", async () => {
        for (const one of [a, b]) {
          const ask = { endpoint: "r", reporter: one.name };
          const answer = await one.store.claim(ask, terms(SHORT_TRIALS));
          if (answer.granted && answer.token !== lost.token) return [one.name, answer] as const;
        }
        return undefined;
      });
      same(who, b.name, "who makes the next trial");
      check(token > lost.token, `${token} comes after ${lost.token}`);
    },
  },
  {
    name: "a trial that passed takes the endpoint in again, little by little and for everyone",
    async run(ground) {
      const [a, b] = await bringDown(ground);
      const { token } = await claimed(ground, a);
      await a.tell({ ...up("r"), trial: { token, passed: true } });
      const { phase, ramp } = beliefOf(await b.tell(up("p")), "r");
      same(phase, "closed", "its phase");
      same(ramp?.overMs, RULES.rampMs, "the ramp's length");
      const other = reporter(ground.open());
      await until(ground, "the end of the ramp", async () => {
        return beliefOf(await other.tell(up("p")), "r").ramp === undefined ? true : undefined;
      });
    },
  },
  {
    name: "a trial that failed leaves it out, and another one may be claimed later",
    async run(ground) {
      const [a, b] = await bringDown(ground);
      const first = await claimed(ground, a);
      await a.tell({ id: "r", trial: { token: first.token, passed: false } });
      same(beliefOf(await b.tell(up("p")), "r").phase, "open", "its phase");
      const second = await claimed(ground, b);
      check(second.token > first.token, `${second.token} comes after ${first.token}`);
    },
  },
];

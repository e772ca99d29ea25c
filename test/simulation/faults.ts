/**
 * What goes wrong in a run: drawn from the seed, one thing at a time, at times drawn as well.
 */

import type { Random } from "../../src/ports.ts";
import { type Flaws, type Server, sound } from "./server.ts";
import type { Witness } from "./witness.ts";

/** One of a list, each as likely. */
export function one<T>(random: Random, list: readonly T[]): T {
  const drawn = list[Math.floor(random() * list.length)];
  if (drawn === undefined) throw new Error("Nothing to draw from");
  return drawn;
}

/** A whole number from `low` to `high`. */
export function whole(random: Random, low: number, high: number): number {
  return low + Math.floor(random() * (high - low + 1));
}

const FAULTS = [
  "die",
  "die",
  "revive",
  "revive",
  "rejoin",
  "hang",
  "thaw",
  "slow",
  "fast",
  "cut",
  "boast",
  "refuseWrites",
  "honest",
  "flaky",
  "sound",
  "promote",
] as const;

const FLAWS: readonly (keyof Flaws)[] = [
  "dropBefore",
  "dropAfter",
  "conflict",
  "wrong",
  "full",
  "forgetConnect",
];

/** Something happens to one of the servers. */
export function strike(servers: readonly Server[], random: Random, witness: Witness): void {
  const fault = one(random, FAULTS);
  const server = one(random, servers);
  witness.note(() => `${server.id}: ${fault}`);
  switch (fault) {
    case "die":
      return server.die();
    case "revive":
    case "thaw":
      return server.revive();
    case "rejoin":
      return server.rejoin();
    case "hang":
      return server.hang();
    case "slow":
      server.latencyMs = whole(random, 50, 3_000);
      return;
    case "fast":
      server.latencyMs = random() * 5;
      return;
    case "cut":
      return server.cut();
    case "boast":
      server.boasts = true;
      return;
    case "refuseWrites":
      server.refusesWrites = true;
      return;
    case "honest":
      server.boasts = false;
      server.refusesWrites = false;
      return;
    case "flaky":
      server.flaws[one(random, FLAWS)] = one(random, [0.05, 0.3, 0.9]);
      return;
    case "sound":
      server.flaws = sound();
      return;
    case "promote":
      if (server.mode === "up") server.promote();
      return;
    default:
      return fault satisfies never;
  }
}

/**
 * `holdfast/deno`: what all isolates believe of the endpoints, in Deno KV.
 *
 * ```ts
 * import { denoKvStore } from "holdfast/deno";
 *
 * const store = denoKvStore();
 * ```
 *
 * With `db` made by `createHoldfast({ …, store })`, this is at the top level of the program:
 *
 * ```ts
 * // Before Deno.serve: Deno Deploy finds crons at the top level, and only there.
 * Deno.cron("look at the databases", "* * * * *", async () => {
 *   await db.tick();
 * });
 *
 * // Deno Deploy says SIGINT, and stops the instance five seconds later.
 * Deno.addSignalListener("SIGINT", () => void db.close().finally(() => Deno.exit()));
 *
 * Deno.serve(async () => Response.json((await db.query("select now()")).rows));
 * ```
 *
 * Run it with `deno run --unstable-kv --unstable-cron --allow-net --allow-env main.ts`, or write
 * `"unstable": ["kv", "cron"]` into deno.json. `Deno.openKv()` without a path needs no permission; with one it
 * needs `--allow-read` and `--allow-write` for the path.
 *
 * @module
 */

import { OptionError, type OptionProblem } from "../../../src/errors.ts";
import type { LeasingStore } from "../../../src/ports.ts";
import { cellStore } from "../cell/cell-store.ts";
import { unknownOptions } from "../cell/unknown-options.ts";
import type { DenoKvKey } from "./kv.ts";
import { KvCell } from "./kv-cell.ts";
import { Leases } from "./leases.ts";
import { type DenoKvSource, openDefault, Opening } from "./opening.ts";

export type { ClaimAnswer, ClaimRequest, LeaseAnswer, LeaseRequest } from "../../../src/ports.ts";
export type { LeasingStore, Store, StoreTerms, StrongStore } from "../../../src/ports.ts";
export type { DenoKv, DenoKvAtomic, DenoKvCheck, DenoKvEntry, DenoKvKey } from "./kv.ts";
export type { DenoKvSource } from "./opening.ts";

/** With parts of three bytes a character they, and a name of a lease, stay within Deno's 2 KiB for a key. */
const MAX_PARTS = 5;
const MAX_PART_LENGTH = 100;

/** Where a Deno KV store keeps what it keeps. */
export interface DenoKvStoreOptions {
  /**
   * A database; the promise that `Deno.openKv()` gives; or a function that opens one, called when the store is
   * first asked, and again after it failed or the database was closed. The store closes none.
   * @default {() => Deno.openKv()}
   */
  readonly kv?: DenoKvSource;
  /**
   * The first parts of every key, 1 to 5 with up to 100 characters each: one prefix per database whose endpoints
   * are shared. The default does where one application with one database uses this KV, as it is on Deno Deploy and
   * in a file: two of them under one prefix would take each other's endpoints for their own.
   * @default {["holdfast"]}
   */
  readonly prefix?: DenoKvKey;
}

/**
 * Makes a store in Deno KV. Nothing is opened before the first call.
 *
 * A sync is one strong read and, if nobody writes in between, one write. What is believed is kept under one
 * key, `[...prefix, "belief"]`, and takes up to 64 KiB; each lease has one, and its fencing token another.
 *
 * Deno KV has no clock of its own: time there is `Date.now()` of whoever writes. Where clocks differ by
 * seconds, pauses and leases are as much shorter or longer for the others. That is harmless for a circuit; who
 * must not act twice compares the lease's `token`, which rises whatever the clocks do. Where one's clock is wrong by
 * more than a minute, pauses and evidence may end early once, until those who are ahead go by the others' time, and
 * it may have a lease beside another one's. What a person commanded stays, whatever the clocks do.
 *
 * One value takes some fifty writes a second from nearby, and fewer from another continent: the store paces the
 * fleet. Processes that share a file wait for each other.
 *
 * Throws an `OptionError`. Every call rejects with a `StoreError` when Deno has no `openKv` or no permission,
 * the database is closed, the value gets too large or the lease asked for makes no sense; and with
 * `overloaded` when a file stays locked, others wrote first too many times, or a quota is used up.
 *
 * ```ts
 * const store = denoKvStore({ kv: () => Deno.openKv("/var/lib/shop/belief.sqlite") });
 * ```
 */
export function denoKvStore(options: DenoKvStoreOptions = {}): LeasingStore {
  const { kv = openDefault, prefix = ["holdfast"] } = options;
  const problems = [...misplaced(options), ...problemsOf(kv, prefix)];
  if (problems.length > 0) throw new OptionError(problems);
  const opening = new Opening(kv);
  const leases = new Leases(opening, prefix);
  return {
    ...cellStore(new KvCell(opening, [...prefix, "belief"])),
    lease: (request) => leases.lease(request),
    unlease: (request) => leases.unlease(request),
  };
}

/** The default database in the place of the one that was meant would share what is known with nobody. */
function misplaced(options: object): readonly OptionProblem[] {
  if (!("atomic" in options)) return unknownOptions(options, ["kv", "prefix"]);
  return [{ path: "options", value: "a Deno.Kv", allowed: "an object: { kv }" }];
}

function problemsOf(kv: unknown, prefix: unknown): readonly OptionProblem[] {
  const problems: OptionProblem[] = [];
  if (typeof kv !== "function" && (typeof kv !== "object" || kv === null)) {
    const allowed = "a Deno.Kv, a promise of one, or a function that opens one";
    problems.push({ path: "kv", value: `a value of type ${typeof kv}`, allowed });
  }
  if (!isPrefix(prefix)) {
    const allowed = `1 to ${MAX_PARTS} texts of 1 to ${MAX_PART_LENGTH} characters each`;
    const value = Array.isArray(prefix)
      ? `${prefix.length} parts`
      : `a value of type ${typeof prefix}`;
    problems.push({ path: "prefix", value, allowed });
  }
  return problems;
}

function isPrefix(prefix: unknown): boolean {
  return Array.isArray(prefix) && prefix.length > 0 && prefix.length <= MAX_PARTS &&
    prefix.every((part: unknown) => {
      return typeof part === "string" && part !== "" && part.length <= MAX_PART_LENGTH;
    });
}

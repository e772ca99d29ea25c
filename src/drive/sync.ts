/**
 * Tells the store what this isolate knows, and takes in what all believe. Beside every call's way: it may be
 * late, fail or hang, and no call waits for it (but the very first ones, a moment: `acquaint.ts`).
 *
 * @module
 */

import { admits, type CircuitEvent, step } from "../admit/circuit.ts";
import { isLeftToOthers, nextSyncAt } from "../cluster/reporting.ts";
import { readSnapshot } from "../cluster/codec.ts";
import { merge } from "../cluster/merge.ts";
import { isHoldfastError, StoreError } from "../errors.ts";
import type { Report, Snapshot } from "../model/belief.ts";
import type { StoreTerms } from "../ports.ts";
import { account } from "./account.ts";
import { follow } from "./adopting.ts";
import { moveCircuit } from "./circuit-moves.ts";
import { forgetOldLag } from "./follow-lag.ts";
import type { Core } from "./core.ts";
import { type Share, STORE_CIRCUIT } from "./share.ts";
import { within } from "./within.ts";

/** A request that was cut off never ends its sync: after so many time limits it counts as over. */
const GIVEN_UP_AFTER = 2;
/** Whom the store has told that it has too much to do is quiet for so long. */
const OVERLOADED_MS = 10_000;

/** Whether a sync is due, and none is under way. Read with each call: nothing but comparisons. */
export function isSyncDue(core: Core, share: Share, now: number): boolean {
  return now >= share.dueAt && !isSyncing(core, share, now);
}

function isSyncing({ settings }: Core, { syncingSince }: Share, now: number): boolean {
  return syncingSince !== undefined &&
    now - syncingSince < GIVEN_UP_AFTER * settings.sharing.timeoutMs;
}

/** Syncs once, if the store's breaker lets it. Never rejects. */
export async function sync(core: Core, share: Share): Promise<void> {
  const { clock, random } = core.runtime;
  const startedAt = clock.now();
  if (core.over || !admits(share.circuit, startedAt, STORE_CIRCUIT)) return;
  move(core, share, { type: "trial" });
  share.syncingSince = startedAt;
  share.urgent = false;
  share.syncedAt = startedAt;
  share.counts.syncs++;
  const report = account(core, share, startedAt);
  try {
    const isFirst = share.beliefs === undefined;
    const answer = await ask(core, (terms) => share.store.sync(report, terms));
    const snapshot = readSnapshot(answer);
    if (snapshot === undefined) throw new StoreError("What the store answered is no snapshot");
    succeed(core, share, startedAt);
    forgetTold(core, report);
    takeIn(core, share, snapshot);
    const { nextSyncMs } = share.beliefs ?? snapshot;
    share.dueAt = Math.min(
      // Those that were deployed together do not come together ever after.
      isFirst ? clock.now() + nextSyncMs * random() : nextSyncAt(clock.now(), nextSyncMs, random()),
      trialsDueAt(share, clock.now(), random()),
    );
  } catch (error) {
    fail(core, share, error);
  } finally {
    if (share.syncingSince === startedAt) share.syncingSince = undefined;
  }
}

/** When the next trial may be asked for: each when its turn comes. */
function trialsDueAt({ beliefs }: Share, now: number, random: number): number {
  if (beliefs === undefined) return Infinity;
  const { endpoints, spreadMs, probes } = beliefs;
  const pauses = endpoints.filter((one) => {
    return one.phase === "open" && one.until > now && (!probes || isLeftToOthers(one));
  });
  return Math.min(...pauses.map(({ until }) => until)) + random * spreadMs;
}

/** One call to the store, within its time. Rejects with whatever it rejects with, or a `StoreError`. */
export function ask<T>(core: Core, call: (terms: StoreTerms) => Promise<T>): Promise<T> {
  const { clock, random } = core.runtime;
  const { timeoutMs, rules } = core.settings.sharing;
  const aborter = new AbortController();
  const late = (): StoreError => {
    aborter.abort();
    return new StoreError(`The store did not answer within ${timeoutMs} ms (sharing.timeoutMs)`);
  };
  const bound = { clock, limitMs: timeoutMs, cuts: core.cuts };
  try {
    return within(call({ rules, random: random(), signal: aborter.signal }), bound, late);
  } catch (error) {
    // One that throws instead of rejecting.
    return Promise.reject(error as Error);
  }
}

/** Takes a snapshot in, from wherever it came. */
export function takeIn(core: Core, share: Share, snapshot: Snapshot): void {
  if (core.closed) return;
  const before = share.beliefs;
  share.beliefs = merge(before, snapshot, core.runtime.clock.now());
  if (share.beliefs !== before) follow(core, share, share.beliefs);
  else forgetOldLag(core, share);
}

/** What the store has heard now need not be told again. */
function forgetTold(core: Core, { endpoints }: Report): void {
  for (const { id, trial } of endpoints) {
    const site = core.sites.get(id);
    if (site !== undefined && site.shared.trial === trial) site.shared.trial = undefined;
  }
}

function succeed(core: Core, share: Share, startedAt: number): void {
  share.answeredAt = startedAt;
  move(core, share, { type: "success" });
  if (!share.lost) return;
  share.lost = false;
  tell(core, share, "found", "it answers again");
}

function fail(core: Core, share: Share, error: unknown): void {
  const { clock, random } = core.runtime;
  const now = clock.now();
  share.counts.failures++;
  forgetOldLag(core, share);
  const overloaded = isHoldfastError(error) && error instanceof StoreError && error.overloaded;
  const totals = { calls: 0, failures: 0, slow: 0 };
  move(core, share, { type: "failure", totals, random: random() });
  if (overloaded) {
    move(core, share, { type: "told", until: now + OVERLOADED_MS * (0.5 + random()) });
  }
  const { circuit } = share;
  // Those who lost it together do not come back together.
  const spreadMs = (share.beliefs?.spreadMs ?? 0) * random();
  const pauseUntil = circuit.phase === "open" ? circuit.until : now + 1_000 * (0.5 + random() / 2);
  share.dueAt = pauseUntil + spreadMs;
  if (share.lost || circuit.phase !== "open") return;
  share.lost = true;
  goOnAlone(core);
  // Another error's words may hold anything, an address with a password too.
  tell(core, share, "lost", isHoldfastError(error) ? error.message : "its client failed");
}

/** What was only told holds no longer: each tries by its own rules, one call at a time. */
function goOnAlone(core: Core): void {
  for (const site of core.sites.values()) {
    const { told } = site.shared;
    if (told === undefined || told.kind === "isolated") continue;
    site.shared.told = undefined;
    moveCircuit(core, site, { type: "alive" }, "nobody is told anything any more");
  }
}

function move(core: Core, share: Share, event: CircuitEvent): void {
  share.circuit = step(share.circuit, event, core.runtime.clock.now(), STORE_CIRCUIT);
}

function tell(core: Core, { store }: Share, phase: "lost" | "found", because: string): void {
  core.bus.emit({ type: "store", store: store.name, phase, because });
}

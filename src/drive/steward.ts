/**
 * Carries out a failover: promotes the database if it may, then switches the roles.
 *
 * @module
 */

import { FailoverError, HoldfastError } from "../errors.ts";
import { Failure } from "../model/failure.ts";
import type { RoleReport } from "../ports.ts";
import { believe, type Core, type Site } from "./core.ts";
import { openConnection } from "./open-connection.ts";
import { look } from "./probe.ts";
import { reportRecovered } from "./report.ts";
import type { Scope } from "./scope.ts";
import { wait } from "./wait.ts";
import { type Bound, cutAll, type Cuts, within } from "./within.ts";

/** pg_promote(true) polls at 100 ms; asking ourselves every few milliseconds finds out 30 times sooner. */
const POLL_MS = 5;

/** How long statements under way on the old primary may still take; a frozen one must not hold up its successor. */
const QUIET_MS = 300;

/** What a failover did. */
export interface FailoverReport {
  readonly from: string;
  readonly to: string;
  /** Whether the database itself was promoted; otherwise only the roles were switched. */
  readonly promoted: boolean;
  /** The new primary's generation, where the database has one. */
  readonly generation: number | undefined;
  readonly elapsedMs: number;
}

/** Within which bounds a failover goes on. */
export interface FailoverTerms {
  readonly timeoutMs: number;
  /**
   * Why it must go no further, as long as the replica has not been asked; `undefined`: it may. A person
   * who promotes while the primary lives wants just that: only an automatic failover has one.
   */
  readonly heldBack?: () => string | undefined;
}

/** A failover on its way. */
interface Passage extends FailoverTerms {
  readonly scope: Scope;
  readonly from: Site;
  readonly to: Site;
  readonly deadlineAt: number;
  /** What waits for the replica, to be ended at once when it is held back. */
  readonly cuts: Cuts;
  /** Whether the replica was asked to become the primary: from then on it may do so at any time. */
  asked: boolean;
}

/**
 * Makes `to` the primary instead of `from`. One at a time: two would make two primaries.
 *
 * Fence before you promote: what the old primary still acknowledged would be lost. So nothing goes to
 * `from` meanwhile, and what needs a primary waits for the outcome.
 */
export async function failover(
  scope: Scope,
  from: Site,
  to: Site,
  terms: FailoverTerms,
): Promise<FailoverReport> {
  const { core } = scope;
  if (core.handover !== undefined) {
    throw new FailoverError(
      "Another failover is under way: wait for its end, then look at stats().primary",
      { endpoint: to.id },
    );
  }
  const over = handOver(scope, from, to, terms);
  const handover = { from, over };
  core.handover = handover;
  const forsaken = (): void => {
    if (core.handover === handover) core.handover = undefined;
  };
  const now = core.runtime.clock.now();
  const entry = { until: now + terms.timeoutMs, forsaken };
  core.roll?.add(entry, now);
  try {
    return await over;
  } finally {
    core.roll?.remove(entry);
    forsaken();
  }
}

async function handOver(
  scope: Scope,
  from: Site,
  to: Site,
  terms: FailoverTerms,
): Promise<FailoverReport> {
  const { core } = scope;
  const startedAt = core.runtime.clock.now();
  const names = { from: from.id, to: to.id };
  const promotes = to.member.endpoint.promotable && to.member.endpoint.access !== "readOnly";
  const deadlineAt = startedAt + terms.timeoutMs;
  const cuts: Cuts = new Set();
  const passage: Passage = { ...terms, scope, from, to, deadlineAt, cuts, asked: false };
  const wasDown = from.health.state === "down";
  const unguard = guard(core, passage);
  core.bus.emit({ type: "failover", ...names, phase: "started", promoted: promotes });
  try {
    await quiet(core, passage);
    refuseIfHeldBack(passage);
    const report = promotes ? await promote(core, passage) : undefined;
    const promoted = report !== undefined;
    from.asked = [];
    believe(core, { type: "assigned", from: from.id, to: to.id });
    if (report !== undefined) {
      believe(core, { type: "reported", id: to.id, report });
      reportRecovered(core, to);
    }
    core.bus.emit({ type: "failover", ...names, phase: "done", promoted });
    return {
      ...names,
      promoted,
      generation: report?.generation,
      elapsedMs: core.runtime.clock.now() - startedAt,
    };
  } catch (error) {
    // It came back meanwhile: who was asked says nothing about its next outage.
    if (wasDown && from.health.state === "alive") from.asked = [];
    core.bus.emit({ type: "failover", ...names, phase: "failed", promoted: false });
    throw error;
  } finally {
    unguard();
  }
}

/** Ends what waits when it is held back or the holdfast closes. */
function guard(core: Core, passage: Passage): () => void {
  const cut = (): void => cutAll(passage.cuts);
  core.cuts.add(cut);
  const unheed = core.bus.on("health", () => {
    if (!passage.asked && passage.heldBack?.() !== undefined) cut();
  });
  return () => {
    core.cuts.delete(cut);
    unheed();
  };
}

/** Throws when it must go no further. */
function refuseIfHeldBack({ to, asked, heldBack }: Passage): void {
  const because = asked ? undefined : heldBack?.();
  if (because !== undefined) throw notAsked(to, because);
}

function notAsked(to: Site, because: string): FailoverError {
  return new FailoverError(
    `${because}: endpoint "${to.id}" was not asked to become the primary. Roles are unchanged`,
    { endpoint: to.id },
  );
}

/** The old primary's last chance: it may be back since it was looked at, and the next word cannot be unsaid. */
async function lastLook(core: Core, { scope, from, to, heldBack }: Passage): Promise<void> {
  if (heldBack === undefined) return;
  let answers = false;
  const looked = look(scope, from).then(({ alive }) => void (answers = alive));
  await wait(core, undefined, QUIET_MS, looked);
  if (answers) throw notAsked(to, `Endpoint "${from.id}" answers again`);
}

/** Lets what runs on the old primary end, a moment at most: acknowledged after the promotion it would be lost. */
async function quiet(core: Core, passage: Passage): Promise<void> {
  const { clock } = core.runtime;
  const giveUpAt = clock.now() + QUIET_MS;
  while (passage.from.member.load.inFlight > 0 && clock.now() < giveUpAt) {
    refuseIfHeldBack(passage);
    await wait(core, undefined, POLL_MS);
  }
}

/** An old primary come back says, truthfully, that it is one. Its generation tells. */
function current(core: Core, to: Site, report: RoleReport): RoleReport {
  if (report.generation === undefined || report.generation >= core.topology.epoch) return report;
  throw new FailoverError(
    `Endpoint "${to.id}" is an old primary that was failed over before: make it a replica first. ` +
      "Roles are unchanged",
    { endpoint: to.id },
  );
}

/** Promotes and waits until the database itself says that it is the primary. */
async function promote(core: Core, passage: Passage): Promise<RoleReport | undefined> {
  const { scope, from, to, deadlineAt, cuts } = passage;
  const { clock } = core.runtime;
  const left = (): number => Math.max(1, deadlineAt - clock.now());
  const late = (): Error =>
    new FailoverError(
      `Endpoint "${to.id}" was asked to become the primary but did not say that it is one in time. ` +
        "Roles are unchanged; holdfast follows as soon as it does",
      { endpoint: to.id },
    );
  try {
    const limit = (): Bound => ({ clock, limitMs: left(), cuts });
    const connection = await openConnection(to.connector, {
      ...limit(),
      limitMs: Math.min(left(), core.settings.pool.connectTimeoutMs),
    });
    try {
      let report = await within(connection.inspect(), limit(), late);
      if (report.role === "primary") return current(core, to, report);
      await lastLook(core, passage);
      refuseIfHeldBack(passage);
      if (connection.promote === undefined) return undefined;
      // Nobody would wait for what becomes of it.
      if (clock.now() >= deadlineAt) throw notAsked(to, "There was no time left");
      passage.asked = true;
      if (!from.asked.includes(to.id)) from.asked = [...from.asked, to.id];
      await within(connection.promote(), limit(), late);
      for (;;) {
        report = await within(connection.inspect(), limit(), late);
        if (report.role === "primary") return report;
        if (clock.now() >= deadlineAt) throw late();
        if ((await wait(core, undefined, POLL_MS)) === "closed") throw late();
      }
    } finally {
      connection.destroy();
    }
  } catch (thrown) {
    refuseIfHeldBack(passage);
    if (thrown instanceof HoldfastError) throw thrown;
    scope.keep(look(scope, to));
    const said = thrown instanceof Failure ? thrown.message : String(thrown);
    throw new FailoverError(
      `Endpoint "${to.id}" could not be promoted: ${said}. Roles are unchanged`,
      { endpoint: to.id },
    );
  }
}

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
import { wait } from "./wait.ts";
import { type Bound, within } from "./within.ts";

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

/**
 * Makes `to` the primary instead of `from`. One at a time: two would make two primaries.
 *
 * Fence before you promote: what the old primary still acknowledged would be lost. So nothing goes to
 * `from` meanwhile, and what needs a primary waits for the outcome.
 */
export async function failover(
  core: Core,
  from: Site,
  to: Site,
  timeoutMs: number,
): Promise<FailoverReport> {
  if (core.handover !== undefined) {
    throw new FailoverError(
      "Another failover is under way: wait for its end, then look at stats().primary",
      { endpoint: to.id },
    );
  }
  const over = handOver(core, from, to, timeoutMs);
  core.handover = { from, over };
  try {
    return await over;
  } finally {
    core.handover = undefined;
  }
}

async function handOver(
  core: Core,
  from: Site,
  to: Site,
  timeoutMs: number,
): Promise<FailoverReport> {
  const startedAt = core.runtime.clock.now();
  const names = { from: from.id, to: to.id };
  const promotes = to.member.endpoint.promotable && to.member.endpoint.access !== "readOnly";
  core.bus.emit({ type: "failover", ...names, phase: "started", promoted: promotes });
  try {
    await quiet(core, from);
    const report = promotes ? await promote(core, to, startedAt + timeoutMs) : undefined;
    const promoted = report !== undefined;
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
    core.bus.emit({ type: "failover", ...names, phase: "failed", promoted: false });
    throw error;
  }
}

/** Lets what runs on the old primary end, a moment at most: acknowledged after the promotion it would be lost. */
async function quiet(core: Core, from: Site): Promise<void> {
  const { clock } = core.runtime;
  const giveUpAt = clock.now() + QUIET_MS;
  while (from.member.load.inFlight > 0 && clock.now() < giveUpAt) {
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
async function promote(
  core: Core,
  to: Site,
  deadlineAt: number,
): Promise<RoleReport | undefined> {
  const { clock } = core.runtime;
  const left = (): number => Math.max(1, deadlineAt - clock.now());
  const late = (): Error =>
    new FailoverError(
      `Endpoint "${to.id}" was asked to become the primary but did not say that it is one in time. ` +
        "Roles are unchanged; holdfast follows as soon as it does",
      { endpoint: to.id },
    );
  try {
    const limit = (): Bound => ({ clock, limitMs: left(), cuts: core.cuts });
    const connection = await openConnection(to.connector, {
      ...limit(),
      limitMs: Math.min(left(), core.settings.pool.connectTimeoutMs),
    });
    try {
      let report = await within(connection.inspect(), limit(), late);
      if (report.role === "primary") return current(core, to, report);
      if (connection.promote === undefined) return undefined;
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
    if (thrown instanceof HoldfastError) throw thrown;
    void look(core, to);
    const said = thrown instanceof Failure ? thrown.message : String(thrown);
    throw new FailoverError(
      `Endpoint "${to.id}" could not be promoted: ${said}. Roles are unchanged`,
      { endpoint: to.id },
    );
  }
}

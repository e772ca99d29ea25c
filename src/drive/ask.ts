/**
 * The question of a look: on a line that lies idle, and if that is dead on a new one.
 *
 * @module
 */

import { probed } from "../balance/load.ts";
import { isForeign } from "../judge/foreign.ts";
import { judge } from "../judge/judge.ts";
import { redact } from "../judge/redact.ts";
import { Failure } from "../model/failure.ts";
import type { Connection } from "../ports.ts";
import { connectPatienceMs, noteConnect } from "./connect-time.ts";
import type { Core, Look, Site } from "./core.ts";
import { examine } from "./examine.ts";
import type { Lease } from "./lease.ts";
import { openConnection } from "./open-connection.ts";
import type { Scope } from "./scope.ts";
import { silence } from "./silence.ts";
import { isGone } from "./watched.ts";
import { type Bound, within } from "./within.ts";

/** An endpoint that answers calls in seconds is given so many times as long for a look … */
const SLOWER = 3;
/** … within so many times the timeout. */
const MOST_TIMEOUTS = 10;

/** How thoroughly to look: whether it answers, or also how it does. */
export type Depth = "quick" | "full";

interface How {
  readonly depth: Depth;
  readonly bound: Bound;
}

/** Asks, within the probe's timeout for each check and what connecting takes. Never rejects. */
export async function ask(scope: Scope, site: Site, depth: Depth): Promise<Look> {
  const { core } = scope;
  const limitMs = patienceMs(core, site);
  if (scope.over) return unasked(site);
  const startedAt = core.runtime.clock.now();
  const bound = { clock: core.runtime.clock, limitMs, cuts: scope.cuts };
  try {
    const lease = scope.poolOf(site).takeIdle();
    if (lease === undefined) return await askAnew(scope, site, depth, bound);
    // A firewall forgets idle lines, and an endpoint ends them while it is well: half of the time is for a new one.
    const half = { ...bound, limitMs: limitMs / 2 };
    const look = await askIdle(scope, site, lease, { depth, bound: half });
    if (look !== undefined || scope.over || isGone(core, site)) return look ?? unasked(site);
    return await askAnew(scope, site, depth, half);
  } catch (thrown) {
    const failure = thrown instanceof Failure ? thrown : silent(site.id, limitMs);
    if (isForeign(failure)) return UNTOLD;
    const { kind } = judge(failure, site.connector.dialect);
    // Neither when everything is cut by close(), nor against what it answered meanwhile.
    const isNews = !scope.over && site.answeredAt <= startedAt;
    if (isNews) site.trouble = { kind, message: redact(failure.message, []) };
    const answered = failure.origin === "server" && kind !== "unavailable" &&
      kind !== "disconnected";
    return answered
      ? { alive: true, report: undefined, failed: undefined }
      : { alive: false, failure };
  }
}

/**
 * How long one check may take, the connect apart (`connect-time.ts`). What is asleep has to wake up first, and an
 * endpoint known to be slow is not dead for that: by a fixed limit it would be taken out for good, although it serves.
 */
function patienceMs({ settings }: Core, { member, connector }: Site): number {
  const { timeoutMs } = settings.probe;
  const slowMs = Math.min(SLOWER * member.load.latencyMs, MOST_TIMEOUTS * timeoutMs);
  const wakingMs = connector.scalesToZero === true ? settings.pool.connectTimeoutMs : 0;
  return Math.max(timeoutMs, slowMs, wakingMs);
}

/** How long a look may go without a word: its question, or before that its connect. */
export function silenceMs(core: Core, site: Site): number {
  return connectPatienceMs(core, site, patienceMs(core, site));
}

/** `undefined`: the line is dead. */
async function askIdle(
  scope: Scope,
  site: Site,
  lease: Lease,
  how: How,
): Promise<Look | undefined> {
  const pool = scope.poolOf(site);
  try {
    const look = await question(scope.core, site, lease.connection, how);
    pool.putBack(lease, how.bound.clock.now());
    return look;
  } catch {
    pool.destroy(lease, "failed a probe");
    return undefined;
  }
}

async function askAnew(
  scope: Scope,
  site: Site,
  depth: Depth,
  bound: Bound,
): Promise<Look> {
  const { lines } = scope;
  if (lines === undefined) return await askOnNew(scope, site, depth, bound);
  // That the request's own lines are all taken says nothing about the endpoint.
  const patienceMs = connectPatienceMs(scope.core, site, bound.limitMs);
  if (!(await lines.take(scope, patienceMs))) return UNTOLD;
  try {
    return await askOnNew(scope, site, depth, bound);
  } finally {
    lines.give();
  }
}

async function askOnNew(
  scope: Scope,
  site: Site,
  depth: Depth,
  bound: Bound,
): Promise<Look> {
  const startedAt = bound.clock.now();
  const keep = scope.lines && ((work: Promise<unknown>) => scope.keep(work));
  const limitMs = connectPatienceMs(scope.core, site, bound.limitMs);
  const connection = await openConnection(site.connector, { ...bound, limitMs }, keep);
  noteConnect(site, bound.clock.now() - startedAt);
  try {
    const look = await question(scope.core, site, connection, { depth, bound });
    scope.poolOf(site).adopt(connection, startedAt);
    return look;
  } catch (thrown) {
    connection.destroy();
    throw thrown;
  }
}

/** It was not asked, and counts as it did before. */
const UNTOLD: Look = { alive: true, report: undefined, failed: undefined };

async function question(
  core: Core,
  site: Site,
  connection: Connection,
  { depth, bound }: How,
): Promise<Look> {
  const { clock, limitMs } = bound;
  const askedAt = clock.now();
  const report = await within(connection.inspect(), bound, () => silent(site.id, limitMs));
  probed(site.member.load, clock.now() - askedAt, clock.now());
  const failed = depth === "full"
    ? await examine(site, connection, { core, role: report.role, bound })
    : undefined;
  site.trouble = undefined;
  return { alive: true, report, failed };
}

function unasked(site: Site): Look {
  return { alive: false, failure: silent(site.id, 0) };
}

function silent(id: string, timeoutMs: number): Failure {
  return silence(`Endpoint "${id}" did not answer a probe within ${timeoutMs} ms`);
}

/**
 * The permits of one endpoint: who may use a connection now, who waits, who is refused, and when one more
 * connection is worth opening.
 *
 * The counts are hot and changed in place, as those of `balance/load.ts` are; the decisions only read them.
 *
 * @module
 */

/** What a pool keeps to. */
export interface PermitLimits {
  /** Connections kept open although nobody needs them. */
  readonly min: number;
  /** Most connections at once. */
  readonly max: number;
  /** Most callers waiting for one that somebody else uses. */
  readonly maxQueue: number;
  /** Most connects under way at once (MongoDB CMAP: 2): a cold pool must not storm a server. */
  readonly maxConnecting: number;
}

/** Where the permits are. A connection counts in exactly one of the first four. */
export interface Permits {
  idle: number;
  inUse: number;
  /** Lain idle for long, and asked whether they still live before somebody gets them. */
  checking: number;
  connecting: number;
  waiting: number;
  /** How many may be in use at once just now: `max`, or less while the endpoint is overloaded. */
  allowed: number;
  /** The most that were in use at once since somebody last looked. */
  peakInUse: number;
}

/** Nothing is open, and as many are allowed as there may ever be. */
export function freshPermits({ max }: PermitLimits): Permits {
  return { idle: 0, inUse: 0, checking: 0, connecting: 0, waiting: 0, allowed: max, peakInUse: 0 };
}

/** Connections open or on their way. */
export function sizeOf({ idle, inUse, checking, connecting }: Permits): number {
  return idle + inUse + checking + connecting;
}

/** What becomes of a caller who wants a connection. */
export type Admission =
  /** An idle connection is theirs at once. */
  | "now"
  /** They stand in the queue; nobody overtakes. */
  | "wait"
  /** All are in use, or will be, and the queue is full. */
  | "refuse";

/**
 * What becomes of the next caller.
 *
 * Whoever waits for a connection that is on its way, being asked or still to be opened has a permit, and does
 * not count against the queue: or `maxQueue: 0`, "fail when all are busy", would fail the first call of a process.
 */
export function admission(permits: Permits, { maxQueue }: PermitLimits): Admission {
  const { waiting, idle, inUse, allowed } = permits;
  if (waiting === 0 && idle > 0 && inUse < allowed) return "now";
  return waiting < maxQueue + Math.max(0, allowed - inUse) ? "wait" : "refuse";
}

/** Whether whoever waits longest may have a connection that is idle. */
export function mayServe({ waiting, idle, inUse, allowed }: Permits): boolean {
  return waiting > 0 && idle > 0 && inUse < allowed;
}

/** One more is in use. */
export function countUse(permits: Permits): void {
  permits.inUse++;
  if (permits.inUse > permits.peakInUse) permits.peakInUse = permits.inUse;
}

/** How many more connects may be under way, whoever wants them. */
function room(permits: Permits, { min, max, maxConnecting }: PermitLimits): number {
  const most = Math.min(max, Math.max(permits.allowed, min)) - sizeOf(permits);
  return Math.max(0, Math.min(most, maxConnecting - permits.connecting));
}

/** Whether one more connect could begin, if somebody wanted it. */
export function mayGrow(permits: Permits, limits: PermitLimits): boolean {
  return room(permits, limits) > 0;
}

/**
 * How many connects to begin now.
 *
 * While nothing is open there is one for each who waits. Once there is, whoever waits waits as long as
 * a connect would take before one is begun for them (`isOverdue`): most get a connection that comes back
 * sooner, and nobody pays more than twice the better of the two (the ski rental argument). A busy moment
 * opens nothing; a lasting one opens what it needs.
 *
 * @param isOverdue whether the waiter at that place in the queue, from 0, has waited for so long
 */
export function connectsToBegin(
  permits: Permits,
  limits: PermitLimits,
  isOverdue: (place: number) => boolean,
): number {
  const { waiting, connecting } = permits;
  const begin = room(permits, limits);
  if (begin === 0) return 0;
  const size = sizeOf(permits);
  const isCold = size === connecting;
  // The first in the queue get what is on its way.
  let place = connecting;
  while (place - connecting < begin && place < waiting && (isCold || isOverdue(place))) place++;
  return Math.max(place - connecting, Math.min(begin, limits.min - size));
}

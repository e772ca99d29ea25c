/**
 * How many calls one endpoint may have under way, so that an overloaded database is not pushed over: a
 * pure reducer, stepped once per window of half a second to a second.
 *
 * A gradient on latency, after Netflix concurrency-limits (Gradient2: the long mean over the short one,
 * between 0.5 and 1, smoothed by 0.2), with AIMD's multiplicative decrease when the server itself says
 * that it is full. What differs, and why:
 *
 * - **Headroom ends at the tolerance.** Netflix adds it (4, or √limit) whatever the gradient, and comes to
 *   rest where both cancel out: with √10, a limit of 10 at three times the usual. Here it comes to rest
 *   where answers take `tolerance` times as long as usual: of a database that serves C at once, at most
 *   `tolerance` × C, which keeps it busy, and no further.
 * - **The usual stands still meanwhile** ({@link learnsUsual}). Netflix's long mean follows a lasting
 *   overload and lets it in again. Only at the limit's two ends do answers say what is usual: at the
 *   upper nobody is held back, and at the lower a database that is still slow is not slow because of
 *   us (Envoy's adaptive concurrency measures its minimum at a low limit too, on purpose).
 * - **Never below a fifth of the pool.** Lower it would be a breaker, and a wrong breaker takes a
 *   healthy site down.
 *
 * @module
 */

/** Smoothing of Gradient2. */
const SMOOTHING = 0.2;
/** Gradient2's bound: with the smoothing, no window takes more than a tenth. */
const LEAST_GRADIENT = 0.5;
/**
 * What a refusal leaves. Netflix's AIMD takes 0.9 for each refusal and AWS's adaptive retry 0.7 of a rate
 * that grows back by a cubic; here it counts once per window, and three windows in a row halve the limit.
 */
const REFUSED_FACTOR = 0.8;
/** Fewer answers in a window prove no slowness (ours). */
const ENOUGH_CALLS = 5;
/** Used to this share, a limit may be why answers are slow (Gradient2: half). */
const USED_RATIO = 0.5;
/** Used to this share, a higher limit would be used as well (ours). */
const DEMAND_RATIO = 0.8;
/** Share of the headroom gained without proof that it is safe: not in demand, or at the tolerance (ours). */
const UNPROVEN_SHARE = 0.25;
/** The floor as a share of `max`. */
const FLOOR_RATIO = 0.2;

/** The bounds of a limit. */
export interface LimitOptions {
  /** Never lower than this; nor than a fifth of `max`, nor than 1. */
  readonly min: number;
  /** The pool's size. */
  readonly max: number;
  /** How many times as long as usual answers may take; above 1. @default {2}; Gradient2 1.5 */
  readonly tolerance?: number;
}

/** A limit, as plain JSON; {@link allowed} is the number to obey. */
export interface Limit {
  /** May be fractional: the growth of several windows adds up. */
  readonly value: number;
  /** A refusal has counted in this window already. */
  readonly refused: boolean;
}

/** What can happen to a limit. */
export type LimitEvent =
  /** A window is over. */
  | {
    readonly type: "window";
    /** Of the answers, by `slowness` of `time/pace.ts`. */
    readonly slowness: number;
    /** Answers within it. */
    readonly calls: number;
    /** Most calls under way at once within it. */
    readonly peakInUse: number;
  }
  /** The server said that it is full (SQLSTATE 53300, 53200 …), or a call ran out of time. */
  | { readonly type: "refused" };

/** Where a limit begins: at the top, as a pool without one. */
export function fullLimit(options: LimitOptions): Limit {
  return { value: within(Infinity, options), refused: false };
}

/** How many calls may be under way. */
export function allowed(limit: Limit, options: LimitOptions): number {
  return Math.floor(within(limit.value, options));
}

/** Folds one event into a limit. The same reference means that nothing changed. */
export function stepLimit(limit: Limit, event: LimitEvent, options: LimitOptions): Limit {
  switch (event.type) {
    case "refused": {
      // Fifty refused at one instant are one piece of news (TCP: one decrease per round trip).
      const factor = limit.refused ? 1 : REFUSED_FACTOR;
      return changed(limit, within(limit.value * factor, options), true);
    }
    case "window":
      return changed(
        limit,
        within(limit.refused ? limit.value : moved(limit, event, options), options),
        false,
      );
    default:
      return event satisfies never;
  }
}

/**
 * Whether answers given under this limit may be taken for usual, as `notePace` of `time/pace.ts` wants to
 * know: at its two ends only.
 */
export function learnsUsual(limit: Limit, options: LimitOptions): boolean {
  const now = allowed(limit, options);
  return now === allowed(fullLimit(options), options) || now === floorOf(options);
}

/** Why `event` led from one limit to the other, in words; `undefined` when the value is the same. */
export function reasonOf(before: Limit, after: Limit, event: LimitEvent): string | undefined {
  if (after.value === before.value) return undefined;
  if (event.type === "refused") return "the server refused: it is full";
  if (after.value < before.value) {
    // With answers in time only a smaller pool lowers it.
    if (event.slowness <= 1) return "the pool's size changed";
    return `answers take ${event.slowness.toFixed(1)} times as long as usual`;
  }
  return isInDemand(before, event)
    ? "answers are as fast as usual"
    : "it has not been needed for a while";
}

type WindowEvent = Extract<LimitEvent, { type: "window" }>;

function moved(limit: Limit, event: WindowEvent, options: LimitOptions): number {
  const value = within(limit.value, options);
  const { slowness, calls, peakInUse } = event;
  const tolerance = options.tolerance ?? 2;
  const isUsed = peakInUse >= USED_RATIO * Math.floor(value);
  if (isUsed && slowness > tolerance) {
    if (calls < ENOUGH_CALLS) return value;
    const gradient = Math.max(LEAST_GRADIENT, tolerance / slowness);
    return value * (1 - SMOOTHING * (1 - gradient));
  }
  // Busy and no answer at all: it may hang. Nothing is known, so nothing changes.
  if (isUsed && calls === 0) return value;
  // Also unneeded, and also when slow without our doing: or it would stay down for ever.
  return value + SMOOTHING * Math.sqrt(value) * roomShare(limit, event, tolerance);
}

/** The share of the headroom to take: all of it at the usual pace, little of it at the tolerance. */
function roomShare(limit: Limit, event: WindowEvent, tolerance: number): number {
  if (!isInDemand(limit, event)) return UNPROVEN_SHARE;
  const room = (tolerance - event.slowness) / (tolerance - 1);
  return Math.max(UNPROVEN_SHARE, Math.min(1, room));
}

function isInDemand(limit: Limit, event: WindowEvent): boolean {
  return event.calls >= ENOUGH_CALLS && event.peakInUse >= DEMAND_RATIO * Math.floor(limit.value);
}

function floorOf({ min, max }: LimitOptions): number {
  return Math.min(Math.max(max, 1), Math.max(min, Math.ceil(FLOOR_RATIO * max), 1));
}

function within(value: number, options: LimitOptions): number {
  return Math.max(floorOf(options), Math.min(value, options.max));
}

function changed(limit: Limit, value: number, refused: boolean): Limit {
  return value === limit.value && refused === limit.refused ? limit : { value, refused };
}

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
 * - **A descent has to help** ({@link Descent}). A longer way, a changed plan or a cold cache makes answers slow
 *   without load, and fewer at once would only add a queue to that. Where concurrency is the cause, latency
 *   falls with it (Little's law); where it does not, the limit goes back to where it came from.
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
/** A descent is judged when it has come down to this share … */
const JUDGED_RATIO = 0.7;
/** … and for so many windows: the recent pace looks back over two seconds, and so is late (ours). */
const JUDGED_WINDOWS = 6;
/** It helped if slowness came down to this share; in proportion it would be {@link JUDGED_RATIO} (ours). */
const HELPED_RATIO = 0.85;
/** So many windows are no time for a new descent, when one was in vain: half a minute (ours). */
const REST_WINDOWS = 60;
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
  /** It comes down because answers are slow; absent: it does not. */
  readonly descent?: Descent;
  /** So many windows are left in which slow answers do not lower it; absent: none. */
  readonly rest?: number;
}

/** A stretch of coming down, to tell whether that helps. Where it did, the next one begins. */
export interface Descent {
  /** The limit before it. */
  readonly from: number;
  /** The slowest window of it: what it begins with is still on its way up. */
  readonly slowness: number;
  readonly windows: number;
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
    /** How many there would have been if connections had been there. @default {`peakInUse`} */
    readonly wanted?: number;
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
      return changed(limit, { value: within(limit.value * factor, options), refused: true });
    }
    case "window":
      return changed(limit, afterWindow(limit, event, options));
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
  if (after.rest !== undefined) return "answers are no faster with fewer at once";
  return isInDemand(before.value, event)
    ? "answers are as fast as usual"
    : "it has not been needed for a while";
}

type WindowEvent = Extract<LimitEvent, { type: "window" }>;

function afterWindow(limit: Limit, event: WindowEvent, options: LimitOptions): Limit {
  const value = within(limit.value, options);
  if (limit.refused) return { value, refused: false };
  // Unused, it is not why answers are slow.
  const isUsed = wantedOf(event) >= USED_RATIO * Math.floor(value);
  // Busy and no answer at all: it may hang. Nothing is known, so nothing changes.
  if (isUsed && event.calls === 0) return { ...limit, value };
  if (isUsed && event.slowness > toleranceOf(options)) return slowed(limit, event, options);
  return { value: within(grown(value, event, options), options), refused: false };
}

function slowed(limit: Limit, event: WindowEvent, options: LimitOptions): Limit {
  const value = within(limit.value, options);
  const { slowness, calls, peakInUse } = event;
  if (calls < ENOUGH_CALLS) return { ...limit, value };
  if (limit.rest !== undefined) return rested(limit.rest, grown(value, event, options), options);
  const lower = lowered(value, event, options);
  // Until it reaches what is really in use, coming down changes nothing that could be judged; nor at the floor.
  if (lower === value || Math.floor(value) > peakInUse) return { value: lower, refused: false };
  const descent = further(limit.descent, value, slowness);
  const isJudged = value <= JUDGED_RATIO * descent.from && descent.windows > JUDGED_WINDOWS;
  const isInVain = isJudged && slowness > HELPED_RATIO * descent.slowness;
  if (isInVain) return rested(REST_WINDOWS + 1, descent.from, options);
  return {
    value: lower,
    refused: false,
    descent: isJudged ? { from: value, slowness, windows: 1 } : descent,
  };
}

function lowered(value: number, { slowness }: WindowEvent, options: LimitOptions): number {
  const gradient = Math.max(LEAST_GRADIENT, toleranceOf(options) / slowness);
  return within(value * (1 - SMOOTHING * (1 - gradient)), options);
}

function further(descent: Descent | undefined, value: number, slowness: number): Descent {
  if (descent === undefined) return { from: value, slowness, windows: 1 };
  return {
    from: descent.from,
    slowness: Math.max(descent.slowness, slowness),
    windows: descent.windows + 1,
  };
}

/** Not lowered, and little by little higher: it may have come from far below the top. */
function rested(rest: number, value: number, options: LimitOptions): Limit {
  const limit: Limit = { value: within(value, options), refused: false };
  return rest > 1 ? { ...limit, rest: rest - 1 } : limit;
}

/** Grows also when unneeded, and also when slow without our doing: or it would stay down for ever. */
function grown(value: number, event: WindowEvent, options: LimitOptions): number {
  return value + SMOOTHING * Math.sqrt(value) * roomShare(value, event, toleranceOf(options));
}

/** The share of the headroom to take: all of it at the usual pace, little of it at the tolerance. */
function roomShare(value: number, event: WindowEvent, tolerance: number): number {
  if (!isInDemand(value, event)) return UNPROVEN_SHARE;
  const room = (tolerance - event.slowness) / (tolerance - 1);
  return Math.max(UNPROVEN_SHARE, Math.min(1, room));
}

function isInDemand(value: number, event: WindowEvent): boolean {
  return event.calls >= ENOUGH_CALLS && wantedOf(event) >= DEMAND_RATIO * Math.floor(value);
}

/** Where deadlines cut so many that the pool never fills up, a limit is in use all the same. */
function wantedOf({ peakInUse, wanted = peakInUse }: WindowEvent): number {
  return wanted;
}

function floorOf({ min, max }: LimitOptions): number {
  return Math.min(Math.max(max, 1), Math.max(min, Math.ceil(FLOOR_RATIO * max), 1));
}

function within(value: number, options: LimitOptions): number {
  return Math.max(floorOf(options), Math.min(value, options.max));
}

function toleranceOf({ tolerance = 2 }: LimitOptions): number {
  return tolerance;
}

function changed(before: Limit, after: Limit): Limit {
  const isSame = after.value === before.value && after.refused === before.refused &&
    after.rest === before.rest && after.descent === before.descent;
  return isSame ? before : after;
}

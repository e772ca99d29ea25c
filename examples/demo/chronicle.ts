/**
 * What is kept of recoveries, ramps and ejections for the report at the end.
 *
 * @module
 */

import type { EndpointStats, HoldfastEvent, RecoveryRung } from "../../mod.ts";

/** One endpoint's way back into service. */
export interface RampRecord {
  readonly endpoint: string;
  /** Milliseconds since the load began. */
  readonly atMs: number;
  /** The share of its load that it got, read every half second, the last one 1; empty: never read. */
  readonly shares: readonly number[];
  /** `false`: another one began before, or the demo ended. */
  readonly done: boolean;
}

/** One time out. */
export interface EjectionRecord {
  readonly endpoint: string;
  readonly atMs: number;
  /** `undefined`: it was still out at the end. */
  readonly forMs: number | undefined;
  readonly because: string;
}

/** Everything kept. */
export interface Chronicle {
  /** How often each rung was taken. */
  readonly rungs: Readonly<Record<RecoveryRung, number>>;
  readonly ramps: readonly RampRecord[];
  readonly ejections: readonly EjectionRecord[];
}

/** Nothing happened yet. */
export const emptyChronicle: Chronicle = {
  rungs: { refresh: 0, rebuildPool: 0, rebuildClient: 0, isolate: 0 },
  ramps: [],
  ejections: [],
};

/** How often {@link readShares} is to be called. */
export const SHARES_EVERY_MS = 500;

/** Folds in an event. */
export function chronicle(so: Chronicle, event: HoldfastEvent, atMs: number): Chronicle {
  if (event.type === "recovery") {
    const { phase, rung } = event;
    if (phase !== "started") return so;
    return { ...so, rungs: { ...so.rungs, [rung]: so.rungs[rung] + 1 } };
  }
  if (event.type === "ramp") {
    const { endpoint, phase } = event;
    if (phase === "done") return { ...so, ramps: changeLast(so.ramps, endpoint, finish) };
    return { ...so, ramps: [...so.ramps, { endpoint, atMs, shares: [], done: false }] };
  }
  if (event.type === "ejection") {
    const { endpoint, change, because } = event;
    const end = (one: EjectionRecord): EjectionRecord => ({ ...one, forMs: atMs - one.atMs });
    if (change === "returned") return { ...so, ejections: changeLast(so.ejections, endpoint, end) };
    return { ...so, ejections: [...so.ejections, { endpoint, atMs, forMs: undefined, because }] };
  }
  return so;
}

/** Notes what share each endpoint gets that is on its way back. */
export function readShares(
  so: Chronicle,
  endpoints: readonly Pick<EndpointStats, "id" | "share" | "circuit">[],
): Chronicle {
  return endpoints.reduce((sum, { id, share, circuit }) => {
    // One that went away again gets no share of anything.
    if (share === 1 || circuit !== "closed") return sum;
    const note = (one: RampRecord): RampRecord =>
      one.done ? one : { ...one, shares: [...one.shares, Number(share.toFixed(2))] };
    return { ...sum, ramps: changeLast(sum.ramps, id, note) };
  }, so);
}

function finish(ramp: RampRecord): RampRecord {
  return ramp.done ? ramp : { ...ramp, shares: [...ramp.shares, 1], done: true };
}

/** The latest record of an endpoint is the one that is open. */
function changeLast<R extends { readonly endpoint: string }>(
  records: readonly R[],
  endpoint: string,
  change: (record: R) => R,
): readonly R[] {
  const index = records.findLastIndex((record) => record.endpoint === endpoint);
  const last = records[index];
  return last === undefined ? records : records.with(index, change(last));
}

/**
 * What is known of alerts, and the ways they are delivered.
 *
 * @module
 */

import { type AlertState, firing, QUIET } from "../observe/alerts.ts";
import type { Clock, Timer } from "../ports.ts";
import { Courier, type Deliveries } from "./courier.ts";
import type { AlertSettings } from "./settings.ts";

/** The alerts' part of a core. */
export interface Lookout {
  state: AlertState;
  readonly couriers: readonly Courier[];
  nextLook: Timer | undefined;
  /** When a tick looks again. */
  dueAt: number;
}

/** The alerts in numbers; the deliveries are those of all sinks together. */
export interface AlertStats extends Deliveries {
  /** The names of the rules that fire just now. */
  readonly firing: readonly string[];
  /** Why the last delivery that failed did, whichever sink's; URLs are taken out. */
  readonly lastFailure: string | undefined;
}

/** All is quiet, and nothing is started. */
export function createLookout({ deliver }: AlertSettings, clock: Clock): Lookout {
  return {
    state: QUIET,
    couriers: deliver.map((sink) => new Courier(sink, clock)),
    nextLook: undefined,
    dueAt: -Infinity,
  };
}

/** Looks no more. */
export function stopLookout(lookout: Lookout): void {
  lookout.nextLook?.cancel();
}

/** Settles when nothing is on its way any more, never rejects; `undefined`: nothing is. */
export function deliveriesDone({ couriers }: Lookout): Promise<unknown> | undefined {
  const underway = couriers.flatMap(({ done }) => done ?? []);
  return underway.length === 0 ? undefined : Promise.all(underway);
}

/** Whether anything is on its way. */
export function isDelivering({ couriers }: Lookout): boolean {
  return couriers.some(({ isBusy }) => isBusy);
}

/** Ends every delivery. */
export function cutDeliveries({ couriers }: Lookout): void {
  for (const courier of couriers) courier.cut();
}

/** What fires, and what became of the deliveries. */
export function alertStats({ state, couriers }: Lookout): AlertStats {
  const all = couriers.map((courier) => courier.stats());
  const sum = (key: keyof Deliveries): number => all.reduce((total, one) => total + one[key], 0);
  const failures = couriers.flatMap(({ lastFailure }) => lastFailure ?? []);
  const last = failures.toSorted((a, b) => b.at - a.at)[0];
  return {
    firing: firing(state),
    lastFailure: last?.why,
    delivered: sum("delivered"),
    failed: sum("failed"),
    dropped: sum("dropped"),
  };
}

/**
 * A primary and two replicas where I/O belongs to a request, and requests over them.
 */

import { createHoldfastOn, type Holdfast } from "../../src/holdfast.ts";
import type { HoldfastOptions } from "../../src/options/types.ts";
import type { Session } from "../../src/session.ts";
import type { ScriptedConnector } from "../../adapters/connectors/scripted/mod.ts";
import type { VirtualClock } from "../virtual.ts";
import type { Request, RequestPlace } from "../request-place.ts";
import { server } from "./stage.ts";

/** What a test plays with. */
export interface RequestStage {
  readonly a: ScriptedConnector;
  readonly b: ScriptedConnector;
  readonly c: ScriptedConnector;
  readonly db: Holdfast;
  readonly clock: VirtualClock;
  /** How many looks were answered. */
  looks(): number;
}

/** A primary `a` and two replicas, where I/O belongs to a request. */
export function requestStage(
  place: RequestPlace,
  options: Partial<HoldfastOptions> = {},
): RequestStage {
  const { clock } = place;
  const ends = {
    a: server(clock, "primary"),
    b: server(clock, "replica"),
    c: server(clock, "replica"),
  };
  let looks = 0;
  for (const end of Object.values(ends)) {
    const report = end.report.bind(end);
    end.report = () => {
      looks++;
      return report();
    };
  }
  const db = createHoldfastOn(place.runtime, {
    endpoints: [
      { id: "a", role: "primary", connector: place.bound(ends.a) },
      { id: "b", role: "replica", connector: place.bound(ends.b), promotable: true },
      { id: "c", role: "replica", connector: place.bound(ends.c) },
    ],
    readPreference: "secondaryPreferred",
    alerts: false,
    ...options,
  });
  return { ...ends, db, clock, looks: () => looks };
}

/** So many requests at once, each with a session of its own. */
export function requests<T>(
  place: RequestPlace,
  db: Holdfast,
  count: number,
  work: (session: Session, n: number) => Promise<T>,
): Request<T>[] {
  return Array.from({ length: count }, (_, n) => {
    return place.request((ctx) => work(db.session({ ctx }), n));
  });
}

/** What they all answer. */
export function all<T>(place: RequestPlace, started: readonly Request<T>[]): Promise<T[]> {
  return place.clock.runUntil(Promise.all(started.map(({ answer }) => answer)));
}

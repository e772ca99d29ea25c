/**
 * Looks for the primary among all endpoints when the map turned out wrong or has none.
 *
 * @module
 */

import { AbortedError, DeadlineError } from "../errors.ts";
import type { Member } from "../model/topology.ts";
import type { Core, Site } from "./core.ts";
import { closedUnderway } from "./depart.ts";
import { POLL_MS } from "./glance.ts";
import { look } from "./probe.ts";
import type { Scope } from "./scope.ts";
import { remainingMs, type Trip } from "./trip.ts";
import { wait } from "./wait.ts";

/** Searches of one isolate are at least this far apart (MongoDB's floor between two checks). */
const MIN_BETWEEN_MS = 500;

/** How long the others may still answer once one says that it is the primary: it may be an old one. */
const GRACE_MS = 200;

/**
 * Whether a statement that found no endpoint may hope for a primary: one is being made, or it may be
 * looked for, because this trip has not searched yet and nobody else searched just now.
 */
export function mayFindPrimary(core: Core, trip: Trip): boolean {
  if (trip.work === "read" && trip.preference.mode !== "primary") return false;
  if (core.handover !== undefined) return true;
  if (trip.searched) return false;
  return trip.scope.quest.search !== undefined ||
    core.runtime.clock.now() - core.searchedAt >= MIN_BETWEEN_MS;
}

/**
 * Waits for the failover under way, else asks every endpoint who it is, or joins the search under way.
 * Settles when all have answered or were too slow, a moment after a primary answered, or with an error
 * at the trip's deadline.
 */
export async function findPrimary(core: Core, trip: Trip): Promise<void> {
  trip.searched = true;
  // What was tried was tried under the old map.
  trip.tried = [];
  await waitFor(core, trip, handedOver(core, trip) ?? searchPrimary(trip.scope));
}

/** The failover under way, if one is. Another request's is followed by reading whether it is over. */
function handedOver({ handover, roll }: Core, trip: Trip): Promise<unknown> | undefined {
  if (handover === undefined) return undefined;
  return roll === undefined ? handover.over : handoverEnds(trip);
}

async function handoverEnds({ scope, deadlineAt }: Trip): Promise<void> {
  const { core } = scope;
  const { clock } = core.runtime;
  while (core.handover !== undefined && clock.now() < deadlineAt) {
    if ((await wait(scope, undefined, POLL_MS)) === "closed") return;
    core.roll?.sweep(clock.now());
  }
}

/** Throws when the trip ends before `work` does. */
async function waitFor(core: Core, trip: Trip, work: Promise<unknown>): Promise<void> {
  const remaining = remainingMs(trip, core.runtime.clock.now());
  const how = await wait(trip.scope, trip.signal, remaining, work);
  trip.now = core.runtime.clock.now();
  const facts = {
    attempts: trip.attempts,
    executed: trip.mayHaveRun ? "unknown" : "no",
  } as const;
  switch (how) {
    case "done":
      return;
    case "late":
      throw new DeadlineError(
        `No primary was found within ${trip.timeoutMs} ms`,
        trip.timeoutMs,
        facts,
      );
    case "aborted":
      throw new AbortedError("The caller's signal fired while the primary was looked for", {
        ...facts,
        cause: trip.signal?.reason,
      });
    case "closed":
      throw closedUnderway(trip);
    default:
      return how satisfies never;
  }
}

/**
 * After a refusal: straight to the primary where another one is believed to be, else look for it.
 *
 * What was taken for the primary is asked first. If it still says that it is one, the refusal was the
 * session's own doing (a function that sets transaction_read_only), and no reason to take its part away:
 * once more, on a session that is not, and then the answer is `false`.
 */
export async function reroute(core: Core, trip: Trip, refused: Site): Promise<boolean> {
  if (refused.member.role === "primary") {
    await waitFor(core, trip, look(trip.scope, refused));
    if (refused.member.role === "primary") {
      trip.tried = [];
      return trip.reroutes <= 1;
    }
  }
  const isAnother = ({ role, endpoint }: Member): boolean => {
    return role === "primary" && endpoint.id !== refused.id;
  };
  if (core.topology.members.some(isAnother)) trip.tried = [];
  else await findPrimary(core, trip);
  return true;
}

/** One search at a time. Never rejects. */
export function searchPrimary(scope: Scope): Promise<void> {
  const { core, quest } = scope;
  quest.search ??= allOrFirst(scope).then(() => {
    quest.search = undefined;
    core.searchedAt = core.runtime.clock.now();
  });
  return quest.search;
}

function allOrFirst(scope: Scope): Promise<void> {
  const looks = [...scope.core.sites.values()].map(async (site) => {
    return { site, ...await look(scope, site) };
  });
  return new Promise((resolve) => {
    void Promise.all(looks).then(() => resolve());
    for (const looking of looks) {
      void looking.then(async ({ alive, site }) => {
        if (!alive || site.member.role !== "primary") return;
        await wait(scope, undefined, GRACE_MS);
        resolve();
      });
    }
  });
}

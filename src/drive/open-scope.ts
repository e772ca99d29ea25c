/**
 * Which scope a session, or a task of the cluster's own, gets: as the place allows.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import type { Core } from "./core.ts";
import { RequestScope } from "./request-scope.ts";
import { ProcessScope, type Scope, type WaitUntil } from "./scope.ts";

/** A session's. Throws a `UsageError` where there must be a request and is none. */
export function scopeOfSession(core: Core, waitUntil: WaitUntil | undefined): Scope {
  if (core.runtime.persistentIO) {
    return waitUntil === undefined
      ? core.scope
      : new ProcessScope(core, waitUntil, core.scope.quest);
  }
  if (waitUntil === undefined) throw new UsageError(NO_CONTEXT);
  return new RequestScope(core, waitUntil);
}

/** That of a task which its caller waits for (discover, failover, tick): it is closed when the task is over. */
export async function inScope<T>(core: Core, task: (scope: Scope) => Promise<T>): Promise<T> {
  if (core.runtime.persistentIO) return await task(core.scope);
  const kept: Promise<unknown>[] = [];
  const scope = new RequestScope(core, (work) => kept.push(work));
  try {
    return await task(scope);
  } finally {
    await Promise.all(kept);
    await scope.close();
  }
}

/** The cluster's own: where I/O belongs to a request, no call can be made in it. */
export function scopeOfCluster(core: Core): Scope {
  return core.runtime.persistentIO ? core.scope : new NoScope(core);
}

class NoScope extends ProcessScope {
  override refuse(): void {
    throw new UsageError(NO_REQUEST);
  }
}

const NO_REQUEST =
  "Here a connection belongs to the request that opened it, so the cluster itself runs no statement. " +
  "Make a session in each request, db.session({ ctx }), and run it there";

const NO_CONTEXT =
  "Here a session needs its request's execution context, for what it still does after the response. " +
  "Make it in the handler, db.session({ ctx }), or db.session({ waitUntil: (work) => ctx.waitUntil(work) })";

/**
 * What a call may use of the outside, and for how long. Where sockets, timers and promises outlive a request there
 * is one such scope for all; where they do not (Workers), each request has its own (`request-scope.ts`), and only
 * plain data is shared.
 *
 * @module
 */

import type { Runtime } from "../ports.ts";
import type { Core, Look, Site } from "./core.ts";
import type { Lines } from "./lines.ts";
import type { Pool } from "./pool.ts";
import type { Cuts } from "./within.ts";

/** Keeps the place awake until the work is done (Workers: `ctx.waitUntil`). */
export type WaitUntil = (work: Promise<unknown>) => void;

/** What is being found out just now, shared by all who may wait for the same promise. */
export interface Quest {
  readonly looks: Map<Site, Promise<Look>>;
  /** A search for the primary. */
  search: Promise<void> | undefined;
}

/** Whose I/O it is. */
export interface Scope {
  readonly core: Core;
  readonly runtime: Runtime;
  /** Nothing goes on in it any more. */
  readonly over: boolean;
  /** What waits in it. */
  readonly cuts: Cuts;
  readonly quest: Quest;
  /** What its pools share, where their connections are counted together. */
  readonly lines: Lines | undefined;
  poolOf(site: Site): Pool;
  /** Lets work go on when the call is over. It never rejects, and ends within a limit of its own. */
  keep(work: Promise<unknown>): void;
  /** Throws a `UsageError` where no call can be made in it. */
  refuse(): void;
  /** Closes what was opened for it alone. */
  close(): Promise<void>;
}

/** The scope of all calls where I/O outlives a request, or of one session that wants its work waited for. */
export class ProcessScope implements Scope {
  readonly core: Core;
  readonly quest: Quest;
  readonly lines: undefined;
  readonly #waitUntil: WaitUntil | undefined;

  constructor(core: Core, waitUntil?: WaitUntil, quest: Quest = noQuest()) {
    this.core = core;
    this.quest = quest;
    this.#waitUntil = waitUntil;
  }

  get runtime(): Runtime {
    return this.core.runtime;
  }

  get over(): boolean {
    return this.core.over;
  }

  get cuts(): Cuts {
    return this.core.cuts;
  }

  poolOf(site: Site): Pool {
    return site.pool;
  }

  keep(work: Promise<unknown>): void {
    if (this.#waitUntil !== undefined) hand(this.#waitUntil, work);
  }

  refuse(): void {}

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Nothing is being found out. */
export function noQuest(): Quest {
  return { looks: new Map(), search: undefined };
}

/** Hands work over, whatever becomes of it and whatever the place says. */
export function hand(waitUntil: WaitUntil, work: Promise<unknown>): void {
  try {
    waitUntil(work.then(noop, noop));
  } catch {
    // The request is over: the work goes as far as it gets.
  }
}

function noop(): void {}

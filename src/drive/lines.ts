/**
 * How many connections one request may have, all endpoints together: its pools and its looks share them.
 *
 * @module
 */

import type { RequestPool } from "./request-pool.ts";
import type { Scope } from "./scope.ts";
import { wait } from "./wait.ts";

/**
 * Connections of one request, all together: Workers hold a seventh back until one of six is through
 * (developers.cloudflare.com/workers/platform/limits, "simultaneous open connections").
 */
export const MAX_LINES = 6;
/** Connections of one request to one endpoint: postgres.js takes as many on Workers (3.4.8, commit 94b7170). */
export const MAX_LINES_PER_ENDPOINT = 3;
/** Of them all, so many are left to looks: whether an endpoint lives is asked when all its lines hang. */
const FOR_LOOKS = 1;

interface Looker {
  served: boolean;
  serve(): void;
}

/** Counts them. */
export class Lines {
  readonly #pools: RequestPool[] = [];
  readonly #lookers: Looker[] = [];
  #looks = 0;

  join(pool: RequestPool): void {
    this.#pools.push(pool);
  }

  /** How many more a pool may open. When there is none, another pool's idle one makes room for one. */
  room(pool: RequestPool): number {
    if (this.#roomForPools() === 0) this.#shed(pool);
    return this.#roomForPools();
  }

  /** Takes a place for a look that opens a connection of its own; `false`: none came free in time. */
  async take(scope: Scope, limitMs: number): Promise<boolean> {
    if (this.#roomForLooks() === 0) this.#shed();
    if (this.#roomForLooks() > 0) {
      this.#looks++;
      return true;
    }
    const looker: Looker = { served: false, serve: () => {} };
    const served = new Promise<void>((resolve) => looker.serve = resolve);
    this.#lookers.push(looker);
    await wait(scope, undefined, limitMs, served);
    if (looker.served) return true;
    this.#lookers.splice(this.#lookers.indexOf(looker), 1);
    return false;
  }

  /** The look has ended, or its connection is a pool's. */
  give(): void {
    this.#looks--;
    this.freed();
  }

  /** One was closed, or lies idle: whoever waits may have a place. */
  freed(): void {
    while (this.#lookers.length > 0 && this.#roomForLooks() > 0) {
      const looker = this.#lookers.shift();
      if (looker === undefined) break;
      this.#looks++;
      looker.served = true;
      looker.serve();
    }
    for (const pool of this.#pools) if (pool.permits.waiting > 0) pool.poke();
  }

  #roomForPools(): number {
    return Math.max(0, MAX_LINES - Math.max(FOR_LOOKS, this.#looks) - this.#open());
  }

  #roomForLooks(): number {
    return Math.max(0, MAX_LINES - this.#looks - this.#open());
  }

  #open(): number {
    return this.#pools.reduce((sum, { size }) => sum + size, 0);
  }

  #shed(beneficiary?: RequestPool): void {
    this.#pools.find((pool) => pool !== beneficiary && pool.permits.idle > 0)?.shed();
  }
}

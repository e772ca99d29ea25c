/**
 * One request's connections to one endpoint: they live and die with it.
 *
 * @module
 */

import type { Connector } from "../ports.ts";
import type { Site } from "./core.ts";
import type { Lease } from "./lease.ts";
import type { Lines } from "./lines.ts";
import { Pool } from "./pool.ts";
import type { PoolLimits, PoolPlace, PoolWatch } from "./pool-limits.ts";
import type { WaitUntil } from "./scope.ts";

/** Where it stands. */
export interface RequestPlace extends PoolPlace {
  readonly site: Site;
  readonly lines: Lines;
  readonly waitUntil: WaitUntil;
}

/** A pool that shares its limit with the request's other pools. */
export class RequestPool extends Pool {
  readonly waitUntil: WaitUntil;
  readonly #site: Site;
  readonly #lines: Lines;
  #connector: Connector;
  #epoch: number;

  constructor(place: RequestPlace, limits: PoolLimits, watch: PoolWatch) {
    const { site } = place;
    super(site.connector, place, limits, watch);
    this.#site = site;
    this.#lines = place.lines;
    this.waitUntil = place.waitUntil;
    this.#connector = site.connector;
    this.#epoch = site.pool.generation;
    this.#lines.join(this);
  }

  /** What all requests know by now holds here too: another role, or another client. */
  follow(): void {
    const { connector, pool } = this.#site;
    if (this.#connector === connector && this.#epoch === pool.generation) return;
    this.#epoch = pool.generation;
    if (this.#connector === connector) return this.clear("retired");
    this.#connector = connector;
    this.rebuild(connector);
  }

  /** How many more it may open. */
  room(): number {
    return this.#lines.room(this);
  }

  /** Another pool made room. */
  poke(): void {
    super.ended();
  }

  /** Closes an idle one, for another pool's sake. */
  shed(): void {
    const lease = this.takeIdle();
    if (lease === undefined) return;
    this.permits.inUse--;
    this.left(lease, "idle");
  }

  override release(lease: Lease, reuse: boolean, now: number): void {
    super.release(lease, reuse, now);
    this.#lines.freed();
  }

  override putBack(lease: Lease, now: number): void {
    super.putBack(lease, now);
    this.#lines.freed();
  }

  override ended(): void {
    super.ended();
    this.#lines.freed();
  }
}

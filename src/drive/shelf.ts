/**
 * The idle connections of a pool: handed out last in first out, so that those nobody needs grow old at
 * the bottom and can go.
 *
 * @module
 */

import { type Permits, sizeOf } from "../admit/permits.ts";
import type { CloseReason } from "../model/connection-event.ts";
import type { Clock, Timer } from "../ports.ts";
import type { Lease } from "./lease.ts";
import type { PoolLimits } from "./pool-limits.ts";

/** Between two looks for what grew old, at most; the shortest lifetime has twenty of them. */
const SWEEP_MS = 10_000;

/** Whose idle connections they are. */
export interface ShelfHost {
  readonly permits: Permits;
  readonly clock: Clock;
  readonly isClosed: boolean;
  /** Told of each that left by itself or has to leave; it counts as nothing by then. */
  left(lease: Lease, because: CloseReason): void;
  /** The shelf was looked through. */
  ended(): void;
}

/** Idle connections, the one used last on top. Counts `idle`. */
export class Shelf {
  #leases: Lease[] = [];
  readonly #limits: PoolLimits;
  readonly #host: ShelfHost;
  #timer: Timer | undefined;

  constructor(limits: PoolLimits, host: ShelfHost) {
    this.#limits = limits;
    this.#host = host;
  }

  /** Lays one on top; when it dies there, it leaves by itself. */
  put(lease: Lease): void {
    lease.state = "idle";
    lease.connection.onLost = this.#lost;
    this.#host.permits.idle++;
    this.#leases.push(lease);
    this.watch();
  }

  /** The one used last that is still usable, which leaves by that. */
  take(): Lease | undefined {
    for (let lease = this.#leases.pop(); lease !== undefined; lease = this.#leases.pop()) {
      this.#unmark(lease);
      if (lease.connection.usable) return lease;
      this.#host.left(lease, "lost while idle");
    }
    return undefined;
  }

  /** Lets all go that `leaves`, oldest first, and no more than `most` of them. */
  clear(because: CloseReason, leaves: (lease: Lease) => boolean, most: number = Infinity): void {
    if (this.#leases.length === 0) return;
    const out: Lease[] = [];
    const rest: Lease[] = [];
    for (const lease of this.#leases) {
      if (out.length < most && leaves(lease)) out.push(lease);
      else rest.push(lease);
    }
    this.#leases = rest;
    for (const lease of out) {
      this.#unmark(lease);
      this.#host.left(lease, because);
    }
  }

  /** Looks from time to time for what grew old, as long as there is anything that could. */
  watch(): void {
    const { idleTimeoutMs, maxLifetimeMs, min } = this.#limits;
    if (this.#timer !== undefined || this.#host.isClosed) return;
    const everyMs = Math.min(
      // Twice within it: what came back just after a look must not lie there for two of them.
      idleTimeoutMs / 2 || Infinity,
      maxLifetimeMs / 20 || Infinity,
      min > 0 ? SWEEP_MS : Infinity,
    );
    if (everyMs === Infinity) return;
    this.#timer = this.#host.clock.background(everyMs, () => {
      this.#timer = undefined;
      this.#sweep();
      if (this.#leases.length > 0 || min > 0) this.watch();
    });
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** What is too old goes; what nobody needed goes too, but not below the minimum. */
  #sweep(): void {
    const { idleTimeoutMs, min } = this.#limits;
    const now = this.#host.clock.now();
    this.clear("lifetime", ({ expiresAt }) => expiresAt <= now);
    const spare = Math.max(0, sizeOf(this.#host.permits) - min);
    const limit = idleTimeoutMs === 0 ? -Infinity : now - idleTimeoutMs;
    this.clear("idle", ({ idleSince }) => idleSince <= limit, spare);
    this.#host.ended();
  }

  /** Idle connections are few and rarely die: looking for the dead ones costs less than a closure each. */
  readonly #lost = (): void => {
    this.clear("lost while idle", ({ connection }) => !connection.usable);
  };

  #unmark(lease: Lease): void {
    lease.connection.onLost = undefined;
    this.#host.permits.idle--;
  }
}

/**
 * Opens a pool's connections: when somebody has waited long enough, or when there are fewer than the
 * minimum; a few at a time, and not at a server that has just refused one.
 *
 * @module
 */

import { connectsToBegin, mayGrow, type PermitLimits, type Permits } from "../admit/permits.ts";
import type { ConnectReason } from "../model/connection-event.ts";
import type { Failure } from "../model/failure.ts";
import type { Clock, Connection, Connector, Timer } from "../ports.ts";
import type { Farewells } from "./farewells.ts";
import type { Waiter } from "./lease.ts";
import { openConnection } from "./open-connection.ts";
import type { Queue } from "./queue.ts";
import { cutAll, type Cuts } from "./within.ts";

/** How long a server that refused one more connection is not asked again; the circuit's first pause. */
const REFUSED_PAUSE_MS = 1_000;
/** How patient callers are before any connect was measured. */
const UNKNOWN_CONNECT_MS = 5;
/** More patience than this is not asked of anybody: far away a connect takes long, and so does every answer. */
const MAX_PATIENCE_MS = 10;
/**
 * When callers have waited for so long together, within a second, one more is begun although none of them lost
 * patience: ten callers at six connections wait 6 ms each, all the time. A tenth of what one connection can
 * serve in that second: with less use than that it is not worth its place at the server (ours).
 */
const ENOUGH_WAITED_MS = 100;
/** What is waited is added up for so long; and one a second, so that a busy moment opens one at most. */
const WAITS_SPAN_MS = 1_000;
/** Share of a new measurement in the mean, as for answer times. */
const CONNECT_ALPHA = 0.2;

/** What opening is bound by. */
export interface OpenerLimits extends PermitLimits {
  readonly connectTimeoutMs: number;
}

/** Whom it opens for: the pool, which keeps all counts but `connecting`. */
export interface OpenerHost {
  readonly permits: Permits;
  readonly waiters: Queue<Waiter>;
  readonly clock: Clock;
  readonly keeps: boolean;
  readonly farewells: Farewells;
  readonly isClosed: boolean;
  /** Rises when what was begun before is not wanted any more. */
  readonly generation: number;
  /** Open connections. */
  readonly open: number;
  admit(connection: Connection, askedAt: number, because: ConnectReason): void;
  /** How many more may be opened where that is shared with others, who call `grow` again when it is more. */
  room?(): number;
  /** For what its connections have to do after their caller was answered. */
  readonly waitUntil?: (work: Promise<unknown>) => void;
  /** One connect has ended, either way: the next may be worth it. */
  ended(): void;
}

/** Begins connects, and follows them to their end. */
export class Opener {
  #connector: Connector;
  readonly #host: OpenerHost;
  readonly #limits: OpenerLimits;
  readonly #coldLimits: OpenerLimits;
  readonly #cuts: Cuts = new Set();
  /** Whether the minimum is to be kept. */
  #isWarm = false;
  /** How long a connect takes, smoothed: who waits is patient for as long, within limits. */
  #connectMs = UNKNOWN_CONNECT_MS;
  /** Until when a server that refused is left in peace. */
  #notBefore = 0;
  #patience: Timer | undefined;
  /** Waited by those who were served since then; `Infinity`: one was begun for it. */
  #waitedMs = 0;
  #waitedSince = -Infinity;

  constructor(connector: Connector, limits: OpenerLimits, host: OpenerHost) {
    this.#connector = connector;
    this.#limits = limits;
    this.#coldLimits = { ...limits, min: 0 };
    this.#host = host;
  }

  /** Keeps the minimum open from now on. */
  warm(): void {
    this.#isWarm = true;
    this.grow();
  }

  /** Begins as many connects as are worth it now. */
  grow(): void {
    const { permits, isClosed, open } = this.#host;
    if (isClosed) return;
    const now = this.#host.clock.now();
    const isPausing = now < this.#notBefore;
    if (!(isPausing && open > 0)) {
      const limits = this.#isWarm && !isPausing ? this.#limits : this.#coldLimits;
      const wanted = connectsToBegin(permits, limits, (place) => this.#patienceMs(place, now) <= 0);
      const count = wanted === 0 ? 0 : Math.min(wanted, this.#host.room?.() ?? wanted);
      for (let n = count; n > 0; n--) void this.#connect(this.#reason());
      if (count < wanted) return;
    }
    if (permits.waiting > permits.connecting && mayGrow(permits, this.#limits)) this.#wait(now);
  }

  /** Somebody was served after a while. Where all wait a little all the time, no single wait says so. */
  served(waitedMs: number, now: number): void {
    if (now - this.#waitedSince >= WAITS_SPAN_MS) {
      this.#waitedSince = now;
      this.#waitedMs = 0;
    }
    this.#waitedMs += waitedMs;
    const { permits, isClosed, keeps } = this.#host;
    if (!(this.#waitedMs >= ENOUGH_WAITED_MS) || this.#waitedMs === Infinity) return;
    if (!keeps || isClosed || now < this.#notBefore || permits.connecting > 0) return;
    if (!mayGrow(permits, this.#limits) || this.#host.room?.() === 0) return;
    this.#waitedMs = Infinity;
    void this.#connect("callers waited");
  }

  /** Cuts what is under way, forgets what it learned, and asks another connector from now on. */
  restart(connector: Connector): void {
    this.#connector = connector;
    this.#connectMs = UNKNOWN_CONNECT_MS;
    this.#notBefore = 0;
    cutAll(this.#cuts);
  }

  /** Cuts what is under way; the host is closed. */
  stop(): void {
    this.#patience?.cancel();
    cutAll(this.#cuts);
  }

  /** How long whoever stands there will still be patient. Where nothing comes back, there is nothing to wait for. */
  #patienceMs(place: number, now: number): number {
    const waiter = this.#host.waiters.at(place);
    if (!this.#host.keeps || waiter === undefined) return 0;
    return waiter.waitsSince + Math.min(this.#connectMs, MAX_PATIENCE_MS) - now;
  }

  #wait(now: number): void {
    if (this.#patience !== undefined) return;
    const { clock, permits } = this.#host;
    const delayMs = Math.max(this.#patienceMs(permits.connecting, now), this.#notBefore - now);
    // Whoever could have been served at once was: at least a moment, so that this is no loop.
    this.#patience = clock.background(Math.max(1, delayMs), () => {
      this.#patience = undefined;
      this.grow();
    });
  }

  /** For whom the next connect would be. */
  #reason(): ConnectReason {
    const { permits, open } = this.#host;
    if (permits.waiting <= permits.connecting) return "minimum";
    return open === 0 ? "first need" : "callers waited";
  }

  async #connect(because: ConnectReason): Promise<void> {
    const host = this.#host;
    const { clock, permits, generation } = host;
    permits.connecting++;
    const askedAt = clock.now();
    try {
      const connection = await openConnection(this.#connector, {
        clock,
        limitMs: this.#limits.connectTimeoutMs,
        cuts: this.#cuts,
      }, host.waitUntil);
      permits.connecting--;
      this.#connectMs += CONNECT_ALPHA * (clock.now() - askedAt - this.#connectMs);
      if (host.isClosed || generation !== host.generation) host.farewells.say(connection);
      else host.admit(connection, askedAt, because);
    } catch (thrown) {
      permits.connecting--;
      // Who waits is served by what the next generation opens.
      if (generation === host.generation) this.#refused(thrown as Failure);
    }
    host.ended();
  }

  /**
   * A server that refuses one more while others are open (53300, too many connections) is not down: those
   * who wait are served by what there is, and it is left in peace for a moment.
   */
  #refused(failure: Failure): void {
    const { permits, waiters, clock, open } = this.#host;
    const isFull = failure.origin === "server" && open > 0;
    if (isFull || permits.waiting === 0) this.#notBefore = clock.now() + REFUSED_PAUSE_MS;
    else {
      permits.waiting--;
      waiters.take()?.refused(failure);
    }
  }
}

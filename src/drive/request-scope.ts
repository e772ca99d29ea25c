/**
 * What one request has, where I/O belongs to the request that began it: connections, waits and promises of its
 * own. All requests share what is plain data: beliefs, circuits, counters.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import type { Runtime } from "../ports.ts";
import type { Core, Site } from "./core.ts";
import { Lines, MAX_LINES_PER_ENDPOINT } from "./lines.ts";
import type { Pool } from "./pool.ts";
import { heedHandshake } from "./probe.ts";
import { OTHER_REQUEST } from "./refusal.ts";
import { RequestPool } from "./request-pool.ts";
import { hand, noQuest, type Quest, type Scope, type WaitUntil } from "./scope.ts";
import { limitsOf, watchPool } from "./site-pool.ts";
import { wait } from "./wait.ts";
import { cutAll, type Cuts } from "./within.ts";

/** One request's. */
export class RequestScope implements Scope {
  readonly core: Core;
  readonly cuts: Cuts = new Set();
  readonly quest: Quest = noQuest();
  readonly lines: Lines = new Lines();
  readonly #pools = new Map<Site, RequestPool>();
  readonly #waitUntil: WaitUntil;
  readonly #isHere: () => boolean;
  #closed = false;

  constructor(core: Core, waitUntil: WaitUntil) {
    this.core = core;
    this.#waitUntil = waitUntil;
    this.#isHere = remember(core.runtime);
  }

  get runtime(): Runtime {
    return this.core.runtime;
  }

  get over(): boolean {
    return this.#closed || this.core.over;
  }

  poolOf(site: Site): Pool {
    let pool = this.#pools.get(site);
    if (pool === undefined) {
      pool = this.#open(site);
      this.#pools.set(site, pool);
    }
    pool.follow();
    return pool;
  }

  keep(work: Promise<unknown>): void {
    const afterwards = (): Promise<void> | undefined => this.core.afterwards?.(this);
    hand(this.#waitUntil, work.then(afterwards, afterwards));
  }

  refuse(): void {
    if (!this.#isHere()) throw new UsageError(OTHER_REQUEST);
  }

  /** Lets what runs finish within the close timeout, then cuts it. */
  async close(): Promise<void> {
    this.refuse();
    const pools = [...this.#pools.values()];
    const drained = Promise.all(pools.map((pool) => pool.drain()));
    await wait(this, undefined, this.core.settings.closeTimeoutMs, drained);
    this.#closed = true;
    for (const pool of pools) pool.destroyAll();
    cutAll(this.cuts);
    await drained;
  }

  #open(site: Site): RequestPool {
    const { clock, random } = this.core.runtime;
    const watch = watchPool(this.core, site.id, (connection, askedAt) => {
      heedHandshake(this, site, connection, askedAt);
      // The first of a new generation is not one of the old.
      this.#pools.get(site)?.follow();
    });
    const limits = limitsOf(this.core.settings, site.connector, {
      min: 0,
      max: Math.min(MAX_LINES_PER_ENDPOINT, site.gauge.limits.max),
    });
    return new RequestPool(
      {
        site,
        clock,
        keeps: site.connector.transport === "socket",
        offset: random(),
        counts: site.pool.counts,
        lines: this.lines,
        waitUntil: this.#waitUntil,
      },
      limits,
      watch,
    );
  }
}

function remember({ here }: Runtime): () => boolean {
  if (here === undefined) return () => true;
  try {
    return here();
  } catch (cause) {
    throw new UsageError(
      "There is no request here, and a session belongs to one. Make it in the handler of each request: " +
        "db.session({ ctx })",
      { cause },
    );
  }
}

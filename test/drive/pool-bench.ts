/**
 * A pool over one scripted endpoint in virtual time, and a way to wait for what it gives.
 */

import type { ScriptedConnector } from "../../adapters/connectors/scripted/mod.ts";
import type { Lease } from "../../src/drive/lease.ts";
import { Pool } from "../../src/drive/pool.ts";
import type { PoolLimits } from "../../src/drive/pool-limits.ts";
import type { Failure } from "../../src/model/failure.ts";
import { VirtualClock } from "../virtual.ts";
import { server } from "./stage.ts";

export const LIMITS: PoolLimits = {
  min: 0,
  max: 3,
  maxQueue: 10,
  maxConnecting: 2,
  connectTimeoutMs: 100,
  idleTimeoutMs: 1_000,
  maxLifetimeMs: 0,
  validateAfterIdleMs: 0,
  validateTimeoutMs: 50,
};

/** The pool, what it told, and who was served. */
export class Bench {
  readonly clock: VirtualClock = new VirtualClock();
  readonly endpoint: ScriptedConnector = server(this.clock, "primary");
  readonly told: string[] = [];
  readonly served: string[] = [];
  readonly pool: Pool;

  constructor(limits: Partial<PoolLimits> = {}, keeps = true) {
    const place = { clock: this.clock, keeps, offset: 0.5 };
    this.pool = new Pool(this.endpoint, place, { ...LIMITS, ...limits }, {
      opened: () => this.told.push("opened"),
      closed: (because) => this.told.push(`closed: ${because}`),
    });
  }

  /** Asks for a connection under a name; a refusal is noted as its code. */
  ask(name: string): { lease?: Lease; refused?: Failure; forget(): void } {
    const waiter = {
      waitsSince: 0,
      granted: (lease: Lease) => {
        this.served.push(name);
        asked.lease = lease;
      },
      refused: (failure: Failure) => {
        asked.refused = failure;
      },
    };
    const asked: { lease?: Lease; refused?: Failure; forget(): void } = {
      forget: () => this.pool.forget(waiter),
    };
    const lease = this.pool.acquire(waiter, this.clock.now());
    if (lease !== undefined) asked.lease = lease;
    return asked;
  }

  /** Asks, and waits until it is served. */
  async get(): Promise<Lease> {
    const asked = this.ask("get");
    await this.clock.advance(10);
    if (asked.lease === undefined) throw new Error("Not served");
    return asked.lease;
  }

  release(lease: Lease | undefined, reuse = true): void {
    if (lease !== undefined) this.pool.release(lease, reuse, this.clock.now());
  }
}

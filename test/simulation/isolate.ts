/**
 * One isolate: a holdfast with limits drawn from the seed, and callers that use it and give up on it.
 */

import { isHoldfastError } from "../../src/errors.ts";
import { createHoldfastOn, type Holdfast } from "../../src/holdfast.ts";
import type { EndpointOptions, HedgeOptions, HoldfastOptions } from "../../src/options/types.ts";
import type { Connector, Random } from "../../src/ports.ts";
import { RetryStrategy } from "../../src/retry/strategy.ts";
import { seeded } from "../virtual.ts";
import { one, whole } from "./faults.ts";
import type { Scene, Server } from "./server.ts";
import { IsolateClock, type Limits, Watch } from "./watch.ts";
import type { Call } from "./witness.ts";

/** Puts something between the drive and the simulated servers: to plant a bug. */
export type Wrap = (connector: Connector) => Connector;

/** Call ids are unique in a run: isolates count in steps of this. */
const ID_STEP = 100_000;

const PREFERENCES = [
  "primary",
  "primaryPreferred",
  "secondary",
  "secondaryPreferred",
  "nearest",
] as const;

/** A holdfast under load. */
export class Isolate {
  readonly db: Holdfast;
  readonly watch: Watch;
  readonly clock: IsolateClock;
  readonly #number: number;
  readonly #scene: Scene;
  readonly #random: Random;
  readonly #wrap: Wrap;
  #calls = 0;

  constructor(number: number, scene: Scene, servers: readonly Server[], wrap: Wrap) {
    this.#number = number;
    this.#scene = scene;
    this.#wrap = wrap;
    this.#random = seeded(Math.floor(scene.random() * 2 ** 32));
    this.clock = new IsolateClock(scene.clock);
    const limits: Limits = {
      max: whole(this.#random, 1, 4),
      halfOpenTrials: whole(this.#random, 1, 2),
      ratio: one(this.#random, [0, 0.2, 1]),
      minRetriesPerSecond: one(this.#random, [0, 1, 10]),
    };
    this.watch = new Watch(scene.witness, scene.clock, number, limits);
    const runtime = {
      clock: this.clock,
      random: seeded(Math.floor(scene.random() * 2 ** 32)),
      persistentIO: true,
      background: this.#random() < 0.8,
    };
    this.db = createHoldfastOn(runtime, {
      endpoints: servers.map((server) => this.declare(server)),
      ...drawOptions(this.#random, limits),
      observer: (event) => this.watch.hear(event),
    });
  }

  /** How a server is declared here: usually right, sometimes not at all. */
  declare(server: Server): EndpointOptions {
    const said = server.id.startsWith("writeOnly")
      ? "writeOnly"
      : server.id.startsWith("readOnly")
      ? "readOnly"
      : server.role;
    const role = said === server.role && this.#random() < 0.1 ? undefined : said;
    return {
      id: server.id,
      connector: this.#wrap(server.connectorFor(this.watch)),
      ...(role === undefined ? {} : { role }),
      weight: one(this.#random, [0, 1, 1, 1, 5]),
      promotable: this.#random() < 0.8,
    };
  }

  /** A caller calls; settles when the caller was told, never rejects. */
  async call(): Promise<void> {
    const random = this.#random;
    const { witness, clock } = this.#scene;
    const id = this.#number * ID_STEP + ++this.#calls;
    const kind = one(
      random,
      ["read", "read", "read", "write", "write", "idempotent", "transaction"] as const,
    );
    const timeoutMs = one(random, [20, 300, 2_000, 8_000]);
    const readPreference = one(random, PREFERENCES);
    const onPrimary = readPreference === "primary";
    const controller = random() < 0.2 ? new AbortController() : undefined;
    const call = witness.began({ id, isolate: this.#number, kind, onPrimary, timeoutMs });
    this.watch.called();
    if (controller !== undefined) {
      clock.after(random() * timeoutMs, () => {
        if (call.said === "nothing") witness.note(() => `#${id} is aborted by its caller`);
        controller.abort();
      });
    }
    const options = {
      timeoutMs,
      ...(controller === undefined ? {} : { signal: controller.signal }),
    };
    try {
      await this.#run(call, { ...options, readPreference });
      witness.succeeded(call);
    } catch (error) {
      if (isHoldfastError(error)) witness.failed(call, error);
      else {
        const said = error instanceof Error ? error.stack : String(error);
        witness.accuse(`#${id} failed with something that is no holdfast error: ${said}`);
      }
    }
  }

  async #run(
    call: Call,
    options: {
      readonly timeoutMs: number;
      readonly signal?: AbortSignal;
      readonly readPreference: (typeof PREFERENCES)[number];
    },
  ): Promise<void> {
    const insert = "insert into t (id) values (?)";
    const { readPreference: _, ...plain } = options;
    switch (call.kind) {
      case "read":
        await this.db.query("select id from t where id = ?", [call.id], options);
        return;
      case "write":
        await this.db.execute(insert, [call.id], plain);
        return;
      case "idempotent":
        await this.db.query(insert, [call.id], { ...plain, idempotent: true });
        return;
      case "transaction": {
        const attempts = whole(this.#random, 1, 3);
        await this.db.transaction(async (tx) => {
          await tx.query(insert, [call.id]);
          if (this.#random() < 0.3) {
            await new Promise<void>((wake) => this.#scene.clock.after(this.#random() * 100, wake));
          }
          await tx.query("select id from t where id = ?", [call.id]);
        }, { ...plain, attempts });
        return;
      }
      default:
        return call.kind satisfies never;
    }
  }
}

const RETRIES = [
  RetryStrategy.none(),
  RetryStrategy.exponential(),
  RetryStrategy.exponential({ maxAttempts: 6, jitter: "decorrelated" }),
  RetryStrategy.fixed({ intervalMs: 50, maxAttempts: 5 }),
];
const HEDGES: readonly HedgeOptions[] = [
  { afterMs: 1 },
  { afterMs: 30 },
  { afterMs: 300 },
  { after: "p95", minMs: 1 },
];

function drawOptions(random: Random, limits: Limits): Omit<HoldfastOptions, "endpoints"> {
  const retry = one(random, RETRIES);
  return {
    // Where only one attempt is allowed a hedge is refused.
    ...(random() < 0.5 && retry.maxAttempts > 1 ? { hedge: one(random, HEDGES) } : {}),
    balance: one(random, ["p2c", "roundRobin", "leastConnections", "random", "responseTime"]),
    pool: {
      max: limits.max,
      maxQueue: one(random, [0, 5, 100, 100, 100, 100]),
      maxConnecting: whole(random, 1, 2),
      acquireTimeoutMs: one(random, [50, 1_000, 5_000]),
      idleTimeoutMs: one(random, [0, 500, 5_000]),
      min: whole(random, 0, limits.max),
      maxLifetimeMs: one(random, [0, 1_000, 3_600_000]),
      validateAfterIdleMs: one(random, [0, 200, 30_000]),
      latencyTolerance: one(random, [0, 1.5, 2]),
    },
    probe: {
      intervalMs: one(random, [0, 2_000, 5_000]),
      timeoutMs: one(random, [100, 1_000]),
      doubtAfterMs: one(random, [50, 500, 2_000]),
      fall: whole(random, 1, 3),
      rise: whole(random, 1, 2),
    },
    recovery: { attemptsPerRung: whole(random, 1, 2), backoffMs: one(random, [50, 500]) },
    outlier: { minimumCalls: one(random, [2, 5]), maxEjectedRatio: one(random, [0, 0.5, 1]) },
    rampMs: one(random, [0, 500, 10_000]),
    circuit: {
      consecutiveFailures: one(random, [1, 2, 5]),
      minimumCalls: one(random, [3, 10]),
      cooldownMs: one(random, [100, 1_000]),
      maxCooldownMs: 5_000,
      halfOpenTrials: limits.halfOpenTrials,
      successesToClose: whole(random, 1, 2),
      trialTimeoutMs: 60_000,
      ...(random() < 0.3 ? { slowCallRatio: 0.5, slowCallMs: 300 } : {}),
    },
    retryBudget: { ratio: limits.ratio, minRetriesPerSecond: limits.minRetriesPerSecond },
    execution: {
      retry,
      timeout: { connectionMs: one(random, [200, 5_000]) },
    },
    closeTimeoutMs: one(random, [0, 100, 5_000]),
  };
}

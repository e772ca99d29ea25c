/**
 * What people put before a database call today, and holdfast: all before the same no-op.
 *
 * @module
 */

import {
  circuitBreaker,
  ConsecutiveBreaker,
  ExponentialBackoff,
  handleAll,
  retry,
  timeout,
  TimeoutStrategy,
  wrap,
} from "cockatiel";
import CircuitBreaker from "opossum";
import { type Connection, createHoldfast } from "../../mod.ts";
import { noOpConnection, noOpConnector, TEXT } from "./no-op.ts";

/** holdfast's own defaults (`OPTION_TABLE`), so that all three promise about the same. */
const TIMEOUT_MS = 30_000;
const RETRIES = 2;
const CONSECUTIVE_FAILURES = 5;

/** Something that can be called over and over. */
export interface Wrapper {
  readonly name: string;
  /** What it consists of, for people. */
  readonly consistsOf: string;
  call(): Promise<unknown>;
  close(): Promise<void>;
}

function run(connection: Connection): Promise<unknown> {
  return connection.run(TEXT, [1], { prepare: true });
}

/** Nothing before the no-op. */
export function bare(): Wrapper {
  const connection = noOpConnection();
  return {
    name: "bare",
    consistsOf: "the no-op connection alone",
    call: () => run(connection),
    close: async () => {},
  };
}

/** holdfast over one endpoint, with nothing configured. */
export function holdfast(): Wrapper {
  const db = createHoldfast({
    endpoints: [{ id: "only", role: "primary", connector: noOpConnector() }],
  });
  return {
    name: "holdfast",
    consistsOf: "createHoldfast over one endpoint, default options",
    call: () => db.query(TEXT, [1]),
    close: () => db.close(),
  };
}

/** cockatiel 4: its policies are functions that are wrapped around each other. */
export function cockatiel(): Wrapper {
  const connection = noOpConnection();
  const policy = wrap(
    retry(handleAll, { maxAttempts: RETRIES, backoff: new ExponentialBackoff() }),
    circuitBreaker(handleAll, {
      halfOpenAfter: 1_000,
      breaker: new ConsecutiveBreaker(CONSECUTIVE_FAILURES),
    }),
    timeout(TIMEOUT_MS, TimeoutStrategy.Cooperative),
  );
  return {
    name: "cockatiel",
    consistsOf: `wrap(retry(${RETRIES}), circuitBreaker(consecutive ${CONSECUTIVE_FAILURES}), ` +
      `timeout(${TIMEOUT_MS} ms, cooperative))`,
    call: () => policy.execute(() => run(connection)),
    close: async () => {},
  };
}

/** opossum: a breaker with its timeout; it does not retry. */
export function opossum(): Wrapper {
  const connection = noOpConnection();
  const breaker = new CircuitBreaker(() => run(connection), {
    timeout: TIMEOUT_MS,
    errorThresholdPercentage: 50,
    volumeThreshold: 10,
  });
  return {
    name: "opossum",
    consistsOf: `CircuitBreaker(50 % of at least 10 in 10 s, timeout ${TIMEOUT_MS} ms); no retry`,
    call: () => breaker.fire(),
    close: async () => breaker.shutdown(),
  };
}

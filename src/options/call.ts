/**
 * What a single call, transaction or session may say, and whether it may say so.
 *
 * @module
 */

import type { ReadPreference } from "../model/read-preference.ts";
import type { Intent } from "../model/statement.ts";
import type { Isolation } from "../model/transaction.ts";
import type { HedgeStrategy } from "../retry/hedge.ts";
import type { RetryStrategy } from "../retry/strategy.ts";
import { readHedge, refuseLoneHedge } from "./hedge.ts";
import { Inspector } from "./inspector.ts";
import { readPreference } from "./resolve.ts";
import type { HedgeOptions, ReadPreferenceOptions, ReadPreferenceWord } from "./types.ts";

/** What one call may say. */
export interface QueryOptions {
  /** The caller's own word on what the statement does; overrules the classification. */
  readonly intent?: Intent;
  /** Running it twice does no harm: a write whose answer was lost is then retried. @default {false} */
  readonly idempotent?: boolean;
  /** Long work: the bulk timeout applies. @default {false} */
  readonly bulk?: boolean;
  /** All attempts and waits together, in milliseconds. @default {`execution.timeout.queryMs`} */
  readonly timeoutMs?: number;
  /** Ends the call at any point. */
  readonly signal?: AbortSignal;
  readonly readPreference?: ReadPreferenceWord | ReadPreferenceOptions;
  /** Whether a second endpoint is asked too if it is a read and takes long. @default {the holdfast's own `hedge`} */
  readonly hedge?: HedgeOptions | false;
}

/** What a transaction may say. */
export interface TransactionOptions {
  /** Only reads: runs where the read preference allows. @default {false} */
  readonly readOnly?: boolean;
  /** Reads that are `serializable` run on the primary: PostgreSQL's replicas refuse them. @default {as the database is set} */
  readonly isolation?: Isolation;
  /**
   * Waits for a moment in which it cannot conflict with anybody, instead of failing later. Only with
   * `isolation: "serializable"` and `readOnly`, and not on MySQL. @default {false}
   */
  readonly deferrable?: boolean;
  /** From the call to the commit's answer, in milliseconds. @default {`execution.timeout.transactionMs`} */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly readPreference?: ReadPreferenceWord | ReadPreferenceOptions;
  /**
   * How often your function may run, if the database certainly kept nothing of it (a conflict, or a
   * connection lost before the commit). Only more than 1 if running it again does no harm outside the database.
   * @default {1}
   */
  readonly attempts?: number;
}

/** What a batch may say. It may run again by itself: nothing of it happens outside the database. */
export type BatchOptions = Omit<TransactionOptions, "attempts">;

/** What a session may say for all its calls. */
export type SessionDefaults = Pick<QueryOptions, "readPreference" | "timeoutMs" | "signal">;

/** What a session may say. */
export interface SessionOptions extends SessionDefaults {
  /**
   * The request's execution context (Workers): what outlives the response, such as asking whether an endpoint lives,
   * is handed to its `waitUntil`. Needed where connections belong to a request; `waitUntil` will do as well.
   */
  readonly ctx?: { waitUntil(work: Promise<unknown>): void };
  /** As `ctx`, in a function of your own: `(work) => ctx.waitUntil(work)`. Also Vercel's `waitUntil`. */
  readonly waitUntil?: (work: Promise<unknown>) => void;
}

/** Shared, so that "nothing was said" is one comparison. */
export const NO_OPTIONS: Readonly<Record<string, never>> = {};

/** What a query may say. */
export const QUERY_KEYS: readonly string[] = [
  "intent",
  "idempotent",
  "bulk",
  "timeoutMs",
  "signal",
  "readPreference",
  "hedge",
];
/** What a transaction may say. */
export const TRANSACTION_KEYS: readonly string[] = [
  "readOnly",
  "isolation",
  "deferrable",
  "timeoutMs",
  "signal",
  "readPreference",
  "attempts",
];
/** What a batch may say. */
export const BATCH_KEYS: readonly string[] = TRANSACTION_KEYS.filter((key) => key !== "attempts");
/** What a session may say. */
export const SESSION_KEYS: readonly string[] = [
  "readPreference",
  "timeoutMs",
  "signal",
  "ctx",
  "waitUntil",
];
const INTENTS: readonly Intent[] = ["read", "write", "transaction", "ddl", "session", "unknown"];
const ISOLATIONS: readonly Isolation[] = ["read committed", "repeatable read", "serializable"];
const MAX_TIMEOUT_MS = 2_147_483_647;

type AnyOptions = QueryOptions & TransactionOptions & SessionOptions;

/** The options as given. Throws one `OptionError` with every problem. */
export function checkedOptions(options: AnyOptions, keys: readonly string[]): AnyOptions {
  if (options === NO_OPTIONS) return options;
  const inspector = new Inspector();
  const given = inspector.record("options", options);
  inspector.onlyKnown("options", given, keys);
  const { timeoutMs, intent, isolation, attempts, signal, hedge } = given as AnyOptions;
  const { ctx, waitUntil, deferrable, readOnly } = given as AnyOptions;
  if (timeoutMs !== undefined && !isWithin(timeoutMs, Number.MIN_VALUE, MAX_TIMEOUT_MS)) {
    inspector.refuse("options.timeoutMs", timeoutMs, `milliseconds from 1 to ${MAX_TIMEOUT_MS}`);
  }
  if (intent !== undefined) inspector.word("options.intent", intent, INTENTS);
  if (isolation !== undefined) inspector.word("options.isolation", isolation, ISOLATIONS);
  if (deferrable === true && !(isolation === "serializable" && readOnly === true)) {
    inspector.refuse(
      "options.deferrable",
      deferrable,
      'true beside isolation "serializable" and readOnly',
    );
  }
  if (attempts !== undefined && !(Number.isInteger(attempts) && isWithin(attempts, 1, 100))) {
    inspector.refuse("options.attempts", attempts, "a whole number from 1 to 100");
  }
  if (signal !== undefined && typeof signal?.addEventListener !== "function") {
    inspector.refuse("options.signal", signal, "an AbortSignal");
  }
  if (ctx !== undefined && typeof ctx?.waitUntil !== "function") {
    inspector.refuse("options.ctx", ctx, "an execution context: what has a waitUntil()");
  }
  if (waitUntil !== undefined && (typeof waitUntil !== "function" || ctx !== undefined)) {
    inspector.refuse("options.waitUntil", waitUntil, "a function, and not beside ctx");
  }
  if (hedge !== undefined) readHedge(inspector, hedge, "options.hedge");
  inspector.finish();
  return options;
}

function isWithin(value: unknown, low: number, high: number): boolean {
  return typeof value === "number" && value >= low && value <= high;
}

/** A call's read preference, normalised; words are normalised once. */
export function parsePreference(word: ReadPreferenceWord | ReadPreferenceOptions): ReadPreference {
  const known = typeof word === "string" ? PARSED.get(word) : undefined;
  if (known !== undefined) return known;
  const inspector = new Inspector();
  const preference = readPreference(inspector, word, "options.readPreference");
  inspector.finish();
  if (typeof word === "string") PARSED.set(word, preference);
  return preference;
}

/** A call's hedge with its defaults. It was checked before, but for whether it could ever be made. */
export function parseHedge(
  given: QueryOptions["hedge"],
  retry: RetryStrategy,
): HedgeStrategy | false | undefined {
  if (given === undefined || given === false) return given;
  const inspector = new Inspector();
  const hedge = readHedge(inspector, given, "options.hedge");
  refuseLoneHedge(inspector, hedge, retry, "options.hedge");
  inspector.finish();
  return hedge ?? false;
}

/** At most one entry per accepted word. */
const PARSED = new Map<string, ReadPreference>();

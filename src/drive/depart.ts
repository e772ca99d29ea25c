/**
 * A call becomes a trip: its text is classified, its parameters bound, its deadline set.
 *
 * @module
 */

import { AbortedError, ClosedError, UsageError } from "../errors.ts";
import type { Intent, Statement } from "../model/statement.ts";
import type { ReadPreference } from "../model/read-preference.ts";
import { deposit } from "../retry/budget.ts";
import type { HedgeStrategy } from "../retry/hedge.ts";
import { bind } from "../statement/placeholders.ts";
import type { Core } from "./core.ts";
import { planFor } from "./plan.ts";
import type { Scope } from "./scope.ts";
import type { Batch, Hold, Trip } from "./trip.ts";

/** What a caller asks for, after its options were normalised. */
export interface Call {
  readonly text: string;
  readonly params: readonly unknown[];
  /** The caller's own word on what the statement does; overrules the classification. */
  readonly intent?: Intent | undefined;
  /** Never send it to a replica, whatever it is. */
  readonly onPrimary?: boolean;
  readonly idempotent?: boolean;
  readonly bulk?: boolean;
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly preference?: ReadPreference | undefined;
  /** Instead of what the settings say; `false`: never. */
  readonly hedge?: HedgeStrategy | false | undefined;
  /** Several statements at once; the text and the parameters only stand for them. */
  readonly batch?: Batch;
  /** Where to keep the connection: the call begins or goes on with a transaction. */
  readonly hold?: Hold;
  /** Our own BEGIN, COMMIT or ROLLBACK. */
  readonly isControl?: boolean;
}

/** Throws a `ClosedError`, `AbortedError`, `UsageError` or `ParameterError`; nothing was sent then. */
export function depart(scope: Scope, call: Call): Trip {
  const { core } = scope;
  if (core.closed && call.hold?.lease === undefined) {
    throw new ClosedError("This holdfast was closed: create another one, or close it later");
  }
  if (call.signal?.aborted === true) {
    throw new AbortedError("The signal had fired before the call began: nothing was sent", {
      cause: call.signal.reason,
    });
  }
  const plan = call.batch?.plan ?? planFor(core.plans, call.text, core.dialect);
  const statement: Statement = {
    text: plan.placeholders.text,
    params: bind(plan.placeholders, call.params),
    classification: plan.classification,
  };
  const intent = call.intent ?? statement.classification.intent;
  refuseLooseTransaction(statement, call);
  const now = core.runtime.clock.now();
  const { timeout } = core.settings.execution;
  const timeoutMs = call.timeoutMs ?? (call.bulk === true ? timeout.bulkMs : timeout.queryMs);
  // A transaction is one call, however many statements it has and however often it runs.
  if (call.hold === undefined) deposit(core.budget, now);
  return {
    scope,
    statement,
    batch: call.batch,
    plan,
    work: intent === "read" && call.onPrimary !== true ? "read" : "write",
    doubtful: intent === "read" && call.intent === undefined && call.idempotent !== true &&
      plan.classification.callsUnknown === true,
    safety: intent === "read" ? "read" : call.idempotent === true ? "idempotent" : "write",
    preference: call.preference ?? core.settings.readPreference,
    startedAt: now,
    now,
    timeoutMs,
    deadlineAt: now + timeoutMs,
    signal: call.signal,
    hold: call.hold,
    hedge: intent === "read" ? hedgeOf(core, call) : undefined,
    site: undefined,
    attempts: 0,
    reroutes: 0,
    searched: false,
    tried: NONE,
    round: 0,
    mayHaveRun: false,
    serviceMs: 0,
    delayMs: 0,
  };
}

/** The error of a call that was under way when its holdfast's time to close ran out. */
export function closedUnderway(trip: Trip): ClosedError {
  return new ClosedError("This holdfast was closed before the call could be finished", {
    attempts: trip.attempts,
    executed: trip.mayHaveRun ? "unknown" : "no",
  });
}

const NONE: readonly string[] = [];

/**
 * Only what is neither bound to a connection nor to the primary has another place to go to. A write that the
 * caller marked idempotent is not hedged either: twice at once is more than twice in a row.
 */
function hedgeOf(core: Core, call: Call): HedgeStrategy | undefined {
  if (call.hold !== undefined || call.onPrimary === true || call.hedge === false) return undefined;
  return call.hedge ?? core.settings.hedge;
}

/**
 * On a pool, BEGIN and what follows it land on different connections: the "transaction" would commit
 * piece by piece. postgres.js refuses it too (UNSAFE_TRANSACTION).
 */
function refuseLooseTransaction(statement: Statement, call: Call): void {
  const { intent, statements } = statement.classification;
  // A script that mixes transaction control with other statements reads as unknown.
  const mayControl = intent === "transaction" ||
    (intent === "unknown" && statements > 1 && call.hold !== undefined);
  if (call.isControl === true || !mayControl) return;
  if (call.hold === undefined) {
    throw new UsageError(
      "A transaction cannot be begun or ended by a query, because each query may run on another " +
        "connection: use transaction(async (tx) => { … })",
    );
  }
  if (statements === 1 && STAYS_INSIDE.test(statement.text)) return;
  throw new UsageError(
    "A transaction ends when its function returns (commit) or throws (rollback), not by a query: " +
      "what comes after would be committed piece by piece",
  );
}

/** Of the statements about transactions, those that neither begin nor end one. */
const STAYS_INSIDE =
  /^(?:\s|--.*\n|\/\*[^*]*\*\/)*(savepoint|release|set|rollback\s+(work\s+|transaction\s+)?to)\b/i;

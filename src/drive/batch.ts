/**
 * Several statements that are known beforehand, all of them in one transaction: in one message where every connector
 * can (Neon over HTTP), else one after the other on one connection.
 *
 * @module
 */

import { isHoldfastError, UsageError } from "../errors.ts";
import type { ReadPreference } from "../model/read-preference.ts";
import type { Answer, Result } from "../model/result.ts";
import type { Classification, Statement } from "../model/statement.ts";
import type { BoundText } from "../model/transaction.ts";
import { bind } from "../statement/placeholders.ts";
import { freshPace } from "../time/pace.ts";
import type { Core } from "./core.ts";
import { type Plan, planFor } from "./plan.ts";
import { query } from "./query.ts";
import { runTransaction } from "./rerun.ts";
import type { Scope } from "./scope.ts";
import type { TransactionCall } from "./transaction.ts";
import type { Batch } from "./trip.ts";

/** What a batch is asked for: as a transaction that may be run again whenever nothing was kept. */
export type BatchCall = Omit<TransactionCall, "attempts"> & {
  readonly preference: ReadPreference | undefined;
};

/** Runs them. Rejects with what a transaction rejects with; `statement` of the error is which one it was, if that is known. */
export async function runBatch(
  scope: Scope,
  texts: readonly BoundText[],
  call: BatchCall,
): Promise<Result[]> {
  const { core } = scope;
  const statements = texts.map((one, index) => at(index, () => prepared(core, one)));
  if ([...core.sites.values()].every(({ connector }) => connector.batches === true)) {
    return await inOne(scope, statements, call);
  }
  // Nothing was done outside the database, so it may run as often as a single statement may.
  const attempts = core.settings.execution.retry.maxAttempts;
  return await runTransaction(scope, { ...call, attempts }, async (open) => {
    const results: Result[] = [];
    for (const [index, { text, params }] of texts.entries()) {
      results.push(await at(index, () => open.run({ text, params })));
    }
    return results;
  });
}

/** One message, one answer: the trip of a single statement. */
async function inOne(
  scope: Scope,
  statements: readonly Statement[],
  call: BatchCall,
): Promise<Result[]> {
  const { readOnly, isolation, deferrable, timeoutMs, signal, preference } = call;
  const plan = planOf(statements);
  const batch: Batch = { statements, terms: { readOnly, isolation, deferrable }, plan };
  const { rows, servedBy, attempts, elapsedMs } = await query<Answer>(scope, {
    text: plan.text,
    // Of all of them: what they hold is taken out of messages.
    params: statements.flatMap(({ params }) => params),
    batch,
    // The database holds a read-only one to it.
    intent: readOnly ? "read" : "write",
    timeoutMs,
    signal,
    preference,
  });
  return rows.map(({ rows: own, fields, rowsAffected, lastInsertId }) => ({
    kind: fields.length > 0 ? "rows" : "command",
    rows: own,
    fields,
    rowsAffected,
    ...(lastInsertId === undefined ? undefined : { lastInsertId }),
    servedBy,
    attempts,
    elapsedMs,
  }));
}

/** Throws what is wrong with it before anything is sent. */
function prepared(core: Core, { text, params }: BoundText): Statement {
  const { classification, placeholders } = planFor(core.plans, text, core.dialect);
  if (classification.statements !== 1) {
    const held = classification.statements === 0 ? "nothing" : "several";
    throw new UsageError(`A statement of a batch is one statement, and this text holds ${held}`);
  }
  if (classification.intent === "transaction") {
    throw new UsageError(
      "A batch is a transaction as a whole: nothing in it may begin, end or mark one",
    );
  }
  return { text: placeholders.text, params: bind(placeholders, params), classification };
}

function planOf(statements: readonly Statement[]): Plan {
  const text = `(a batch of ${statements.length} statements)`;
  const classification: Classification = {
    intent: "write",
    queryType: "other",
    // One transaction: of what fails, nothing was kept, as of one statement.
    statements: 1,
    leavesState: statements.some((one) => one.classification.leavesState),
    because: "it is a batch",
  };
  return {
    text,
    classification,
    placeholders: { text, expected: undefined, style: "none" },
    pace: freshPace(),
  };
}

/** Marks the error of whatever it does with the statement's place. */
function at<T>(index: number, work: () => T): T {
  const mark = (error: unknown): never => {
    if (isHoldfastError(error)) Object.assign(error, { statement: index });
    throw error;
  };
  try {
    const done = work();
    return done instanceof Promise ? done.catch(mark) as T : done; // the same, but for its error
  } catch (error) {
    return mark(error);
  }
}

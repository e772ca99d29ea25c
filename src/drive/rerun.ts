/**
 * A whole transaction: begin, the caller's function, commit; and again, if the caller allows it and the
 * database certainly kept nothing.
 *
 * @module
 */

import { type HoldfastError, isHoldfastError } from "../errors.ts";
import { deposit, withdraw } from "../retry/budget.ts";
import { delayBefore } from "../retry/delay.ts";
import { beginTexts } from "./begin.ts";
import type { Core } from "./core.ts";
import { query } from "./query.ts";
import { reportGivenUp } from "./report.ts";
import { enter, leave } from "./running.ts";
import type { Scope } from "./scope.ts";
import { OpenTransaction, type TransactionCall } from "./transaction.ts";
import type { Hold } from "./trip.ts";
import { wait } from "./wait.ts";

/** Runs `work` in a transaction and commits it, or rolls back and throws what `work` threw. */
export async function runTransaction<T>(
  scope: Scope,
  call: TransactionCall,
  work: (open: OpenTransaction) => Promise<T>,
): Promise<T> {
  const { core } = scope;
  const { clock, random } = core.runtime;
  const deadlineAt = clock.now() + call.timeoutMs;
  let delayMs = 0;
  deposit(core.budget, clock.now());
  const presence = enter(core, NO_HOLD, deadlineAt);
  try {
    for (let run = 1;; run++) {
      try {
        return await runOnce(scope, call, deadlineAt, work);
      } catch (error) {
        if (run >= call.attempts || !nothingKept(error, call)) throw error;
        delayMs = delayBefore(core.settings.execution.retry, run, delayMs, random);
        if (clock.now() + delayMs >= deadlineAt || !withdraw(core.budget, clock.now())) throw error;
        tellRerun(core, error, run, delayMs);
        const how = await wait(scope, call.signal, delayMs);
        if (how === "closed") throw error;
      }
    }
  } catch (error) {
    reportGivenUp(core, isHoldfastError(error) ? error.attempts : 0, error);
    throw error;
  } finally {
    leave(core, NO_HOLD, presence);
  }
}

const NO_HOLD = {};

function tellRerun(core: Core, error: HoldfastError, run: number, delayMs: number): void {
  const { endpoint = "", kind = "conflict" } = error;
  core.bus.emit({ type: "retry", endpoint, kind, attempt: run, delayMs });
}

/** What makes it right to run the function again: the database said, or can only mean, that nothing was kept. */
function nothingKept(error: unknown, call: TransactionCall): error is HoldfastError {
  if (!isHoldfastError(error) || error.executed !== "no") return false;
  // It had begun on what is no primary (any more): the next run begins on the right one.
  if (error.kind === "readOnly") return !call.readOnly;
  return error.code === "CONFLICT" || error.code === "UNAVAILABLE";
}

async function runOnce<T>(
  scope: Scope,
  call: TransactionCall,
  deadlineAt: number,
  work: (open: OpenTransaction) => Promise<T>,
): Promise<T> {
  const { core } = scope;
  const hold: Hold = { site: undefined, lease: undefined, tainted: false };
  const [first, ...more] = beginTexts(core.dialect, call);
  await query(scope, {
    text: first,
    params: [],
    hold,
    isControl: true,
    // BEGIN does nothing that could not be done twice; where it runs decides what follows.
    intent: call.readOnly ? "read" : "write",
    idempotent: true,
    timeoutMs: Math.max(0, deadlineAt - core.runtime.clock.now()),
    signal: call.signal,
    preference: call.preference,
  });
  const open = new OpenTransaction(scope, hold, call, deadlineAt);
  for (const text of more) await open.begin(text);
  // An async function of our own: the caller's may throw before it returns a promise.
  const working = (async () => await work(open))();
  const leftMs = Math.max(0, deadlineAt - core.runtime.clock.now());
  const how = await wait(scope, call.signal, leftMs, working);
  // A function that waits for something else can not be ended; its connection can.
  if (how !== "done") throw open.giveUp(how);
  let value: T;
  try {
    value = await working;
  } catch (error) {
    await open.rollback();
    throw error;
  }
  await open.commit();
  return value;
}

/**
 * A whole transaction: begin, the caller's function, commit; and again, if the caller allows it and the
 * database certainly kept nothing.
 *
 * @module
 */

import { isHoldfastError } from "../errors.ts";
import { withdraw } from "../retry/budget.ts";
import { delayBefore } from "../retry/delay.ts";
import type { Core } from "./core.ts";
import { query } from "./query.ts";
import { OpenTransaction, type TransactionCall } from "./transaction.ts";
import type { Hold } from "./trip.ts";

/** Runs `work` in a transaction and commits it, or rolls back and throws what `work` threw. */
export async function runTransaction<T>(
  core: Core,
  call: TransactionCall,
  work: (open: OpenTransaction) => Promise<T>,
): Promise<T> {
  const deadlineAt = core.runtime.clock.now() + call.timeoutMs;
  const { clock, random } = core.runtime;
  let delayMs = 0;
  for (let run = 1;; run++) {
    try {
      return await runOnce(core, call, deadlineAt, work);
    } catch (error) {
      delayMs = delayBefore(core.settings.execution.retry, run, delayMs, random);
      const now = clock.now();
      if (run >= call.attempts || !nothingKept(error) || now + delayMs >= deadlineAt) throw error;
      if (!withdraw(core.budget, now)) throw error;
      await new Promise<void>((resolve) => clock.after(delayMs, resolve));
    }
  }
}

/** What makes it right to run the function again: the database said, or can only mean, that nothing was kept. */
function nothingKept(error: unknown): boolean {
  return isHoldfastError(error) && error.executed === "no" &&
    (error.code === "CONFLICT" || error.code === "UNAVAILABLE");
}

async function runOnce<T>(
  core: Core,
  call: TransactionCall,
  deadlineAt: number,
  work: (open: OpenTransaction) => Promise<T>,
): Promise<T> {
  const hold: Hold = { site: undefined, lease: undefined, tainted: false };
  await query(core, {
    text: beginText(call),
    params: [],
    hold,
    // BEGIN does nothing that could not be done twice; where it runs decides what follows.
    intent: call.readOnly ? "read" : "write",
    idempotent: true,
    timeoutMs: Math.max(1, deadlineAt - core.runtime.clock.now()),
    signal: call.signal,
    preference: call.preference,
  });
  const open = new OpenTransaction(core, hold, call, deadlineAt);
  let value: T;
  try {
    value = await work(open);
  } catch (error) {
    await open.rollback();
    throw error;
  }
  await open.commit();
  return value;
}

function beginText(call: TransactionCall): string {
  const isolation = call.isolation === undefined ? "" : ` isolation level ${call.isolation}`;
  return `begin${isolation}${call.readOnly ? " read only" : ""}`;
}

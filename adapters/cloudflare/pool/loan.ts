/**
 * A loan in the object: what its borrower may call over RPC, and what ends it.
 *
 * @module
 */

import type { Row } from "../../../src/model/result.ts";
import { asFailure, type Borrower } from "../../../src/lending.ts";
import { factsOf, type Lifeline, type Loan, type Outcome, type Returned } from "./wire.ts";

/**
 * A statement that runs for so long has its borrower asked whether it is still there: only calls that are over tell
 * of its end by themselves. Shorter ones end before anybody could miss them.
 */
const ASK_AFTER_MS = 500;

/** A lifeline as it arrives: a stub, which is good beyond the call it came with only if it is copied. */
export type LifelineStub = Lifeline & Partial<Disposable> & { dup?(): LifelineStub };

/** A loan, as it is returned over RPC; the platform calls `dispose` when its borrower lets go of it, or is gone. */
export function createLoan(borrower: () => Borrower, given: LifelineStub): Loan & Disposable {
  const lifeline = given.dup?.() ?? given;
  let borrowing: Borrower | undefined;
  let isOver = false;
  let isAsked = false;

  const end = (): void => {
    isOver = true;
    borrowing?.end();
  };

  /** Its answer comes with its borrower's end, whichever that is. */
  const ask = (): void => {
    if (isAsked || isOver) return;
    isAsked = true;
    lifeline().then(end, end);
  };

  const begin = (): Borrower => {
    const begun = borrower();
    // Whether they hear of it, or are gone, is all the same.
    begun.onLost = () => void lifeline("lost").then(end, end);
    return begun;
  };

  return {
    async run(text, params, prepare): Promise<Returned> {
      const timer = setTimeout(ask, ASK_AFTER_MS);
      const done = await outcomeOf(async () => {
        borrowing ??= begin();
        if (isOver) borrowing.end();
        const answer = await borrowing.run(text, params, { prepare });
        // A driver's own kinds of lists and rows would not travel.
        return { ...answer, rows: Array.from(answer.rows, plain) };
      });
      clearTimeout(timer);
      return { ...done, holds: borrowing?.holds ?? false, toldRole: borrowing?.toldRole };
    },
    async promote(): Promise<Outcome<undefined>> {
      // Two primaries are what comes of one that nobody waits for any more: so its borrower is watched from the start.
      ask();
      return await outcomeOf(async () => {
        borrowing ??= begin();
        if (isOver) borrowing.end();
        await borrowing.promote();
        return undefined;
      });
    },
    cut(): Promise<void> {
      end();
      return Promise.resolve();
    },
    [Symbol.dispose](): void {
      end();
      lifeline[Symbol.dispose]?.();
    },
  };
}

function plain(row: Row): Row {
  return Object.getPrototypeOf(row) === Object.prototype ? row : { ...row };
}

/** Does it, and says what came of it. Never rejects: over RPC an error loses its class, and is an uncaught one here. */
export async function outcomeOf<T>(work: () => T | Promise<T>): Promise<Outcome<T>> {
  try {
    return { done: await work() };
  } catch (thrown) {
    return { failed: factsOf(asFailure(thrown)) };
  }
}

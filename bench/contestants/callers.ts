/**
 * Callers who ask one thing after the other, as many at once as wanted.
 *
 * @module
 */

import { anyKey, checkBalance } from "../accounts.ts";

/** Has so many callers ask until `until` (of `performance.now`); gives how many answers came. */
export type Callers = (callers: number, until: number) => Promise<number>;

/**
 * Callers of one client.
 *
 * @param ask one query, by a key
 * @param balanceIn the asked-for value in an answer: everybody must look at what came back
 */
export function callersOf<A>(
  ask: (aid: number) => PromiseLike<A>,
  balanceIn: (answer: A) => number | undefined,
): Callers {
  return async (callers, until) => {
    const counts = await Promise.all(
      Array.from({ length: callers }, () => askUntil(ask, balanceIn, until)),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  };
}

async function askUntil<A>(
  ask: (aid: number) => PromiseLike<A>,
  balanceIn: (answer: A) => number | undefined,
  until: number,
): Promise<number> {
  let answers = 0;
  while (performance.now() < until) {
    const aid = anyKey();
    checkBalance(aid, balanceIn(await ask(aid)));
    answers++;
  }
  return answers;
}

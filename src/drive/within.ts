/**
 * Bounds a promise that another party promised to settle, in case it does not.
 *
 * @module
 */

import type { Clock } from "../ports.ts";

/** What is to be called when everything that waits must end at once: a holdfast or a pool closes. */
export type Cuts = Set<() => void>;

/** What a promise is bound by. */
export interface Bound {
  readonly clock: Clock;
  readonly limitMs: number;
  readonly cuts: Cuts;
}

/**
 * Settles as `work` does, or rejects with `late()` after the limit or when it is cut. A value that comes
 * too late goes to `discard`, so that what it holds open is destroyed and not abandoned.
 */
export function within<T>(
  work: Promise<T>,
  bound: Bound,
  late: () => Error,
  discard: (value: T) => void = () => {},
): Promise<T> {
  return new Promise((resolve, reject) => {
    let over = false;
    const end = (): void => {
      over = true;
      timer.cancel();
      bound.cuts.delete(giveUp);
    };
    const giveUp = (): void => {
      end();
      reject(late());
    };
    const timer = bound.clock.after(bound.limitMs, giveUp);
    bound.cuts.add(giveUp);
    work.then(
      (value) => {
        if (over) return discard(value);
        end();
        resolve(value);
      },
      (reason: unknown) => {
        if (over) return;
        end();
        reject(reason as Error);
      },
    );
  });
}

/** Ends everything that waits. */
export function cutAll(cuts: Cuts): void {
  // Each takes itself out of the set, which a Set's iteration allows.
  for (const cut of cuts) cut();
}

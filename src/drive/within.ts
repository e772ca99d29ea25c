/**
 * Bounds a promise that another party promised to settle, in case it does not.
 *
 * @module
 */

import type { Clock } from "../ports.ts";

/**
 * Settles as `work` does, or rejects with `late()` after `limitMs`. A value that comes too late goes
 * to `discard`, so that what it holds open is destroyed and not abandoned.
 */
export function within<T>(
  work: Promise<T>,
  limit: { readonly clock: Clock; readonly limitMs: number },
  late: () => Error,
  discard: (value: T) => void = () => {},
): Promise<T> {
  return new Promise((resolve, reject) => {
    let over = false;
    const timer = limit.clock.after(limit.limitMs, () => {
      over = true;
      reject(late());
    });
    work.then(
      (value) => {
        if (over) return discard(value);
        timer.cancel();
        resolve(value);
      },
      (reason: unknown) => {
        timer.cancel();
        reject(reason as Error);
      },
    );
  });
}

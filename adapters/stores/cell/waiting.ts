/**
 * Waiting in a store: never longer than somebody waits for the answer.
 *
 * @module
 */

import { StoreError } from "../../../src/errors.ts";

/** Who brings no signal, such as a person with a command, waits so long at most. */
const LONGEST_MS = 5_000;

/** Settles as `work` does, or rejects with a `StoreError` when the signal fires. What comes later is dropped. */
export function unlessAborted<T>(
  work: Promise<T>,
  store: string,
  given: AbortSignal | undefined,
  longestMs: number = LONGEST_MS,
): Promise<T> {
  const signal = given ?? AbortSignal.timeout(longestMs);
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(nobodyWaits(store, signal));
    const settle = (then: () => void): void => {
      signal.removeEventListener("abort", stop);
      then();
    };
    signal.addEventListener("abort", stop, { once: true });
    work.then(
      (value) => settle(() => resolve(value)),
      (error: unknown) =>
        settle(() => reject(error instanceof Error ? error : new Error(String(error)))),
    );
  });
}

/** Throws a `StoreError` once the signal has fired. */
export function stopIfAborted(store: string, signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw nobodyWaits(store, signal);
}

/** A pause; the timer of one that nobody waits for any more is called off. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener("abort", end, { once: true });
  });
}

function nobodyWaits(store: string, signal: AbortSignal): StoreError {
  return new StoreError(
    `The ${store} store had not answered when its time was over. If this goes on: is it reachable, and near?`,
    { cause: signal.reason },
  );
}

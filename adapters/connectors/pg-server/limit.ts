/**
 * The one deadline over all the steps of a connect (name, line, TLS, login), and the caller's signal.
 *
 * @module
 */

import type { Failure } from "../../../src/model/failure.ts";
import type { ConnectOptions } from "../../../src/ports.ts";
import { lineFailure } from "./failure.ts";

/** Runs out once, by time or by the signal, and tells whoever works under it. */
export class Limit {
  readonly #told = new Set<(failure: Failure) => void>();
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #signal: AbortSignal | undefined;
  #failure: Failure | undefined;

  constructor(options: ConnectOptions) {
    this.#timer = setTimeout(() => this.#end("CONNECT_TIMEOUT"), options.timeoutMs);
    this.#signal = options.signal;
    if (this.#signal?.aborted === true) this.#end("ABORT_ERR");
    else this.#signal?.addEventListener("abort", this.#aborted);
  }

  /** Calls `cut` when time is up (at once if it is already), unless the returned function came first. */
  whenUp(cut: (failure: Failure) => void): () => void {
    if (this.#failure !== undefined) {
      cut(this.#failure);
      return () => {};
    }
    this.#told.add(cut);
    return () => this.#told.delete(cut);
  }

  /** Settles with `work`, or rejects when time is up; `work` itself must be ended by its own `whenUp`. */
  race<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const undo = this.whenUp(reject);
      work.then(resolve, reject).finally(undo);
    });
  }

  /** The work is done: nothing will be cut any more. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener("abort", this.#aborted);
    this.#told.clear();
  }

  readonly #aborted = (): void => this.#end("ABORT_ERR");

  #end(code: "CONNECT_TIMEOUT" | "ABORT_ERR"): void {
    this.#failure ??= lineFailure(code, "connecting");
    const told = [...this.#told];
    this.stop();
    for (const cut of told) cut(this.#failure);
  }
}

/**
 * One statement on its way: one HTTP request, and one end that it can come to.
 *
 * @module
 */

import { Failure, type FailurePhase } from "../../../src/model/failure.ts";
import { once } from "../sent-once/once.ts";
import { fetchFailure, lineFailure } from "./failure.ts";
import { statusFailure } from "./http-status.ts";
import type { PlanetscaleFetch, Target } from "./options.ts";
import { readReply, type Reply } from "./reply.ts";

/** A request to the API. */
export class Exchange {
  readonly #target: Target;
  readonly #controller = new AbortController();
  #phase: FailurePhase = "sent";
  /** Why it was cut, if it was. */
  #cut: Failure | undefined;

  constructor(target: Target) {
    this.#target = target;
  }

  get phase(): FailurePhase {
    return this.#phase;
  }

  /** Ends it at once: what waits for it is rejected with `failure`, and the request is aborted. */
  cut(failure: Failure): void {
    this.#cut ??= failure;
    this.#controller.abort();
    this.#fail(failure);
  }

  #fail: (failure: Failure) => void = () => {};

  /** Sends the statement. Rejects with a `Failure` of the line; the database's own error is in the reply. */
  send(query: string, session: unknown): Promise<Reply> {
    return new Promise((resolve, reject) => {
      this.#fail = reject;
      this.#post(query, session).then(resolve, reject);
    });
  }

  async #post(query: string, session: unknown): Promise<Reply> {
    const { base, authorization, fetch: chosen } = this.#target;
    // Called as a plain function: workerd's refuses to be a method of something else.
    const ask: PlanetscaleFetch = chosen ?? fetch;
    let text: string;
    try {
      const response = await ask(`${base}Execute`, {
        method: "POST",
        headers: { "Content-Type": "application/json", Authorization: authorization },
        ...once(JSON.stringify({ query, session })),
        signal: this.#controller.signal,
        // Sent on to another address, the statement might run twice, and the password would go along.
        redirect: "manual",
        ...caching(),
      });
      this.#phase = "answering";
      text = await response.text();
      if (!response.ok) {
        throw statusFailure(response.status, text, response.headers.get("retry-after"));
      }
    } catch (error) {
      if (this.#cut !== undefined) throw this.#cut;
      if (error instanceof Failure) throw error;
      if (this.#phase === "answering") {
        throw lineFailure("CONNECTION_CLOSED", "answering", "The answer broke off");
      }
      throw fetchFailure(error);
    }
    const reply = readReply(text);
    if (reply === undefined) throw lineFailure("PROTOCOL", "answering");
    return reply;
  }
}

/** Next.js keeps answers to POST; workerd before 2024-11-11 refuses a request that has the option. */
function caching(): { readonly cache?: "no-store" } {
  return "cache" in Request.prototype ? { cache: "no-store" } : {};
}

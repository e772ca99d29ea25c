/**
 * The goodbyes a pool is still saying, and who waits for the last of them.
 *
 * @module
 */

import type { Connection } from "../ports.ts";

/** Says goodbye to connections in good order, and knows when nothing is left. */
export class Farewells {
  readonly #isEmpty: () => boolean;
  #underWay = 0;
  #done: Promise<void> | undefined;
  #resolve: (() => void) | undefined;

  /** @param isEmpty whether nothing is open any more, apart from the goodbyes */
  constructor(isEmpty: () => boolean) {
    this.#isEmpty = isEmpty;
  }

  /** Closes it, if it is not closed already. */
  say(connection: Connection): void {
    if (!connection.usable) return;
    this.#underWay++;
    void connection.close().finally(() => {
      this.#underWay--;
      this.check();
    });
  }

  /** Settles when everything is closed; the same promise each time. */
  whenDone(): Promise<void> {
    this.#done ??= new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.check();
    return this.#done;
  }

  /** Something is over: it may have been the last. */
  check(): void {
    if (this.#underWay === 0 && this.#isEmpty()) this.#resolve?.();
  }
}

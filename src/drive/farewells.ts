/**
 * The goodbyes a pool is still saying, and who waits for the last of them.
 *
 * @module
 */

import type { Clock, Connection } from "../ports.ts";

/** A goodbye takes one message; past so long (ours) the line is cut: `close()` must come to an end. */
const LIMIT_MS = 2_000;

/** Says goodbye to connections in good order, and knows when nothing is left. */
export class Farewells {
  readonly #clock: Clock;
  readonly #isEmpty: () => boolean;
  #underWay = 0;
  #done: Promise<void> | undefined;
  #resolve: (() => void) | undefined;

  /** @param isEmpty whether nothing is open any more, apart from the goodbyes */
  constructor(clock: Clock, isEmpty: () => boolean) {
    this.#clock = clock;
    this.#isEmpty = isEmpty;
  }

  /** Closes it, if it is not closed already. Whether that goes well concerns nobody: it is cut if not. */
  say(connection: Connection): void {
    if (!connection.usable) return;
    this.#underWay++;
    let isOver = false;
    const end = (): void => {
      if (isOver) return;
      isOver = true;
      timer.cancel();
      this.#underWay--;
      this.check();
    };
    const cut = (): void => {
      if (!isOver) connection.destroy();
      end();
    };
    const timer = this.#clock.after(LIMIT_MS, cut);
    connection.close().then(end, cut);
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

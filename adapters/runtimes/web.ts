/**
 * The runtime of any place with web-standard globals: Node, Deno, Bun, browsers and edge isolates.
 * The one file that reads a global clock, timer and random source.
 *
 * Nothing runs at import: Workers forbid timers and random values in global scope.
 *
 * @module
 */

import type { Clock, Runtime, Timer } from "../../src/ports.ts";

/** setTimeout takes a 32-bit count; a longer delay would fire at once (HTML, "timers"). */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

class WebTimer implements Timer {
  readonly #handle: ReturnType<typeof setTimeout>;

  constructor(delayMs: number, wake: () => void, keepsAlive: boolean) {
    this.#handle = setTimeout(wake, Math.min(Math.max(delayMs, 0), MAX_TIMEOUT_MS));
    // Edge runtimes and browsers give a number without `unref`; there is no process to keep alive.
    if (!keepsAlive && typeof this.#handle === "object") this.#handle.unref?.();
  }

  cancel(): void {
    clearTimeout(this.#handle);
  }
}

const webClock: Clock = {
  now: () => performance.now(),
  after: (delayMs, wake) => new WebTimer(delayMs, wake, true),
  background: (delayMs, wake) => new WebTimer(delayMs, wake, false),
};

/** Web-standard time and chance, in a place where sockets and timers outlive a request. */
export const webRuntime: Runtime = {
  clock: webClock,
  random: Math.random,
  persistentIO: true,
  background: true,
};

/**
 * The WebSocket under a line, and what the driver takes for one.
 *
 * The driver hears nothing of its end: what it does then (an `ErrorEvent` for an error, an exception in a listener,
 * which ends the process on Node) is not ours to bear. The line ends, and the driver is left alone.
 *
 * @module
 */

import type { WebSocketClass, WebSocketLike } from "./options.ts";

/** Whom a wire tells. */
export interface WireWatch {
  /** The line is dead; the code of a system error, where one is given. */
  readonly lost: (code: string | undefined) => void;
  /** What came cannot be understood. */
  readonly garbled: () => void;
}

/** What the driver listens for. */
type Listener = (event: { readonly data?: unknown }) => void;

/** One WebSocket. */
export class Wire {
  binaryType = "arraybuffer";
  readonly #socket: WebSocketLike;
  readonly #watch: WireWatch;
  #deliver: Listener | undefined;
  #ended: (() => void) | undefined;
  #isOver = false;

  /** Throws what the constructor of the WebSocket throws. */
  constructor(WebSocketHere: WebSocketClass, url: string, watch: WireWatch) {
    this.#watch = watch;
    this.#socket = new WebSocketHere(url);
    this.#socket.binaryType = "arraybuffer";
    this.#socket.addEventListener("message", (event) => {
      this.#guard(() => this.#deliver?.({ data: "data" in event ? event.data : undefined }));
    });
    this.#socket.addEventListener("error", (event) => this.#lost(codeOf(event)));
    this.#socket.addEventListener("close", () => this.#lost(undefined));
  }

  /** For the driver: of its own accord it hears of an opening and of messages only. */
  addEventListener(type: string, listener: Listener): void {
    if (type === "message") this.#deliver = listener;
    if (type !== "open") return;
    this.#socket.addEventListener("open", () => this.#guard(() => listener({})));
  }

  send(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#isOver) return;
    try {
      this.#socket.send(bytes);
    } catch {
      this.#lost(undefined);
    }
  }

  /** Ends it at once; nobody is told. */
  close(): void {
    this.#isOver = true;
    try {
      this.#socket.close();
    } catch {
      // It never opened.
    }
  }

  /** Sends a last message and settles when the other side has closed. */
  goodbye(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    return new Promise((resolve) => {
      this.#ended = resolve;
      this.send(bytes);
      this.close();
    });
  }

  #guard(work: () => void): void {
    if (this.#isOver) return;
    try {
      work();
    } catch {
      this.#watch.garbled();
    }
  }

  #lost(code: string | undefined): void {
    this.#ended?.();
    if (this.#isOver) return;
    this.#isOver = true;
    this.#watch.lost(code);
  }
}

/** Only the package `ws` and Node say more than that it failed. */
function codeOf(event: object): string | undefined {
  if (!("error" in event)) return undefined;
  const { error } = event;
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" && error.code !== "" ? error.code : undefined;
}

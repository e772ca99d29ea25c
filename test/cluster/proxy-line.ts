/**
 * One connection through a proxy: two sockets and, each way, a queue that keeps the order.
 *
 * @module
 */

import { connect, type Socket } from "node:net";

/** What can happen to a connection that stays open. */
export type LineBehaviour =
  /** Everything passes at once. */
  | { readonly kind: "pass" }
  /** Nothing passes, either way, and neither end is told. What was sent arrives when it passes again. */
  | { readonly kind: "blackHole" }
  /** Each chunk of an answer arrives so much later. */
  | { readonly kind: "delay"; readonly ms: number }
  /** After so many more bytes of answers the line breaks, both ends. */
  | { readonly kind: "cut"; readonly afterBytes: number };

/** Past this the source is not read any further: a peer that does not read must not fill the memory. */
const MOST_QUEUED_BYTES = 1024 * 1024;

/** A client's connection and the one to the server behind it. */
export class Line {
  /** Resolves when both sockets are closed. */
  readonly closed: Promise<void>;
  readonly #client: Socket;
  readonly #target: number;
  readonly #questions: Flow;
  readonly #answers: Flow;
  readonly #settle: () => void;
  #server: Socket | undefined;

  constructor(client: Socket, target: number, behaviour: LineBehaviour) {
    let settle = (): void => {};
    this.closed = new Promise((resolve) => settle = resolve);
    this.#settle = settle;
    this.#client = client;
    this.#target = target;
    this.#questions = new Flow();
    this.#answers = new Flow();
    this.#answers.onCut = () => this.destroy(false);
    this.#watch(client, () => this.#server);
    this.#questions.from(client);
    this.#answers.to(client);
    this.behave(behaviour);
  }

  behave(behaviour: LineBehaviour): void {
    const held = behaviour.kind === "blackHole";
    // Into a black hole not even the first packet gets through.
    if (!held && this.#server === undefined && !this.#client.destroyed) this.#reach();
    this.#questions.set({ held, delayMs: 0, allowance: Infinity });
    this.#answers.set({
      held,
      delayMs: behaviour.kind === "delay" ? behaviour.ms : 0,
      allowance: behaviour.kind === "cut" ? behaviour.afterBytes : Infinity,
    });
  }

  /** Closes both sockets, with RST instead of FIN if told so. */
  destroy(reset: boolean): void {
    for (const socket of [this.#client, this.#server]) {
      if (reset) socket?.resetAndDestroy();
      else socket?.destroy();
    }
  }

  #reach(): void {
    const server = connect({
      host: "127.0.0.1",
      port: this.#target,
      allowHalfOpen: true,
      noDelay: true,
    });
    this.#server = server;
    this.#watch(server, () => this.#client);
    this.#answers.from(server);
    this.#questions.to(server);
  }

  #watch(socket: Socket, other: () => Socket | undefined): void {
    // An error of one end is a reset for the other, as it would be without a proxy.
    socket.on("error", () => other()?.resetAndDestroy());
    // A clean close needs no more: it comes after both ends were passed on, so the peer closes too.
    socket.on("close", () => {
      if (other()?.closed === false) return;
      this.#questions.stop();
      this.#answers.stop();
      this.#settle();
    });
  }
}

interface Flowing {
  readonly held: boolean;
  readonly delayMs: number;
  readonly allowance: number;
}

interface Item {
  /** `undefined`: the end of the stream. */
  readonly chunk: Uint8Array | undefined;
  readonly due: number;
}

/** One direction of a line. */
class Flow {
  onCut: () => void = () => {};
  readonly #queue: Item[] = [];
  #queuedBytes = 0;
  #source: Socket | undefined;
  #sink: Socket | undefined;
  #flowing: Flowing = { held: true, delayMs: 0, allowance: Infinity };
  #allowance = Infinity;
  #timer: NodeJS.Timeout | undefined;
  #ended = false;

  from(source: Socket): void {
    this.#source = source;
    source.on("data", (chunk: Uint8Array) => this.#take(chunk));
    source.on("end", () => this.#take(undefined));
    if (this.#flowing.held) source.pause();
  }

  to(sink: Socket): void {
    this.#sink = sink;
    sink.on("drain", () => this.#pump());
  }

  set(flowing: Flowing): void {
    this.#flowing = flowing;
    this.#allowance = flowing.allowance;
    if (flowing.delayMs === 0) {
      for (const [index, item] of this.#queue.entries()) {
        this.#queue[index] = { ...item, due: 0 };
      }
    }
    this.#pump();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#queue.length = 0;
  }

  #take(chunk: Uint8Array | undefined): void {
    const { held, delayMs } = this.#flowing;
    this.#queuedBytes += chunk?.length ?? 0;
    this.#queue.push({ chunk, due: delayMs === 0 ? 0 : performance.now() + delayMs });
    // A chunk read in the turn in which the line was held is kept like those the kernel keeps.
    if (!held) this.#pump();
  }

  #pump(): void {
    clearTimeout(this.#timer);
    const { held } = this.#flowing;
    const sink = this.#sink;
    while (!held && sink !== undefined && !sink.writableNeedDrain) {
      const [head] = this.#queue;
      if (head === undefined) break;
      // A timer may fire a fraction of a millisecond early.
      const waitMs = head.due === 0 ? 0 : head.due - performance.now();
      if (waitMs > 0.5) {
        this.#timer = setTimeout(() => this.#pump(), waitMs);
        break;
      }
      this.#queue.shift();
      if (!this.#send(sink, head.chunk)) return;
    }
    this.#throttle();
  }

  /** False when that was the last byte this line ever carries. */
  #send(sink: Socket, chunk: Uint8Array | undefined): boolean {
    if (chunk === undefined) {
      this.#ended = true;
      sink.end();
      return true;
    }
    this.#queuedBytes -= chunk.length;
    if (chunk.length < this.#allowance) {
      this.#allowance -= chunk.length;
      sink.write(chunk);
      return true;
    }
    this.#queue.length = 0;
    sink.write(chunk.subarray(0, this.#allowance), this.onCut);
    this.#allowance = Infinity;
    this.#flowing = { ...this.#flowing, held: true };
    return false;
  }

  #throttle(): void {
    if (this.#ended) return;
    if (this.#flowing.held || this.#queuedBytes > MOST_QUEUED_BYTES) this.#source?.pause();
    else this.#source?.resume();
  }
}

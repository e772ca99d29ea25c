/**
 * Takes alerts to one sink: one at a time and in their order, so that "over" never overtakes "began"; within
 * a limit each; and no more waiting than a limit, whatever the sink does.
 *
 * @module
 */

import type { AlertChange } from "../observe/alerts.ts";
import type { AlertSink, Clock } from "../ports.ts";
import { Queue } from "./queue.ts";

/**
 * How long one delivery may take: the webhook's four attempts of 15 s each, with the longest pauses between
 * them that a receiver may ask for, are two minutes.
 */
const DELIVERY_MS = 180_000;
/** So long after that nobody is at it any more: its timer belonged to a request that was cut off (ours). */
const LOST_MS = 5_000;
/** Alerts waiting for one sink. Ten rules that all flap once a minute fill it in five minutes (ours). */
const MAX_WAITING = 100;

/** An alert on its way, and when it happened. */
interface Parcel {
  readonly change: AlertChange;
  readonly at: number;
}

/** What became of the alerts handed to one sink. */
export interface Deliveries {
  readonly delivered: number;
  /** The sink threw, rejected, took too long, or was cut off by close(). */
  readonly failed: number;
  /** Given up unsent: too many were waiting, or the holdfast was closed. */
  readonly dropped: number;
}

/** Why a delivery failed, without a URL, and when. */
export interface FailedDelivery {
  readonly at: number;
  readonly why: string;
}

/** The way to one sink. */
export class Courier {
  readonly #sink: AlertSink;
  readonly #clock: Clock;
  readonly #waiting = new Queue<Parcel>();
  #running: Promise<void> | undefined;
  #cut: (() => void) | undefined;
  /** How often it began anew. */
  #turn = 0;
  /** When the delivery under way began. */
  #handedAt = 0;
  #delivered = 0;
  #failed = 0;
  #dropped = 0;
  #lastFailure: FailedDelivery | undefined;

  constructor(sink: AlertSink, clock: Clock) {
    this.#sink = sink;
    this.#clock = clock;
  }

  /** Takes an alert along. Where too many wait, the oldest goes: the newest says how things stand. */
  take(change: AlertChange): void {
    if (this.#waiting.size >= MAX_WAITING) {
      this.#waiting.take();
      this.#dropped++;
    }
    this.#waiting.add({ change, at: this.#clock.now() });
    if (this.isBusy) return;
    this.#handedAt = this.#clock.now();
    this.#running = this.#run(++this.#turn);
  }

  /** Settles when nothing is on its way any more, never rejects; `undefined`: nothing is. */
  get done(): Promise<void> | undefined {
    return this.#running;
  }

  /** Whether something is on its way. A request that was cut off took its delivery with it: the next one goes on. */
  get isBusy(): boolean {
    const isLost = this.#clock.now() - this.#handedAt > DELIVERY_MS + LOST_MS;
    return this.#running !== undefined && !isLost;
  }

  /** What became of everything so far. */
  stats(): Deliveries {
    return { delivered: this.#delivered, failed: this.#failed, dropped: this.#dropped };
  }

  /** What became of the last one that failed. */
  get lastFailure(): FailedDelivery | undefined {
    return this.#lastFailure;
  }

  /** Ends what is on its way and drops what waits. */
  cut(): void {
    this.#dropped += this.#waiting.clear().length;
    this.#cut?.();
  }

  async #run(turn: number): Promise<void> {
    // Not before the caller is done: a sink may ask for the rules to be looked at again.
    await Promise.resolve();
    for (;;) {
      const parcel = this.#waiting.take();
      if (parcel === undefined) break;
      const why = await this.#hand(parcel);
      if (why === undefined) this.#delivered++;
      else {
        this.#failed++;
        this.#lastFailure = { at: this.#clock.now(), why };
      }
    }
    if (this.#turn === turn) this.#running = undefined;
  }

  /** Why the sink did not take it; `undefined`: it did. */
  #hand({ change, at }: Parcel): Promise<string | undefined> {
    this.#handedAt = this.#clock.now();
    return new Promise((resolve) => {
      const controller = new AbortController();
      const end = (why?: string): void => {
        timer.cancel();
        this.#cut = undefined;
        resolve(why);
      };
      const giveUp = (why: string): void => {
        end(why);
        controller.abort();
      };
      const late = `it took longer than ${DELIVERY_MS} ms`;
      const timer = this.#clock.background(DELIVERY_MS, () => giveUp(late));
      this.#cut = () => giveUp("it was cut off by close()");
      // Inside an async function a sink that throws at once is one that rejects.
      const handed = async (): Promise<void> =>
        await this.#sink({ ...change, agoMs: this.#clock.now() - at }, controller.signal);
      handed().then(() => end(), (reason: unknown) => end(inWords(reason)));
    });
  }
}

/** A sink's own words: fetch names its address in them, which often holds a token. */
function inWords(reason: unknown): string {
  const said = reason instanceof Error ? `${reason.name}: ${reason.message}` : typeof reason;
  return said.replace(NOT_SHOWN, "(not shown)").slice(0, MAX_WHY_LENGTH);
}

/** URLs, and secrets as Standard Webhooks spells them. */
const NOT_SHOWN = /[a-z][\w+.-]*:\/\/\S*|whsec_\S*/gi;
/** Enough for a sentence (ours). */
const MAX_WHY_LENGTH = 200;

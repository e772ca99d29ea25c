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

/** The way to one sink. */
export class Courier {
  readonly #sink: AlertSink;
  readonly #clock: Clock;
  readonly #waiting = new Queue<Parcel>();
  #running: Promise<void> | undefined;
  #cut: (() => void) | undefined;
  #delivered = 0;
  #failed = 0;
  #dropped = 0;

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
    this.#running ??= this.#run();
  }

  /** Settles when nothing is on its way any more, never rejects; `undefined`: nothing is. */
  get done(): Promise<void> | undefined {
    return this.#running;
  }

  /** What became of everything so far. */
  stats(): Deliveries {
    return { delivered: this.#delivered, failed: this.#failed, dropped: this.#dropped };
  }

  /** Ends what is on its way and drops what waits. */
  cut(): void {
    this.#dropped += this.#waiting.clear().length;
    this.#cut?.();
  }

  async #run(): Promise<void> {
    // Not before the caller is done: a sink may ask for the rules to be looked at again.
    await Promise.resolve();
    for (;;) {
      const parcel = this.#waiting.take();
      if (parcel === undefined) break;
      if (await this.#hand(parcel)) this.#delivered++;
      else this.#failed++;
    }
    this.#running = undefined;
  }

  /** Whether the sink took it. */
  #hand({ change, at }: Parcel): Promise<boolean> {
    return new Promise((resolve) => {
      const controller = new AbortController();
      const end = (taken: boolean): void => {
        timer.cancel();
        this.#cut = undefined;
        resolve(taken);
      };
      const giveUp = (): void => {
        end(false);
        controller.abort();
      };
      const timer = this.#clock.background(DELIVERY_MS, giveUp);
      this.#cut = giveUp;
      // Inside an async function a sink that throws at once is one that rejects.
      const handed = async (): Promise<void> =>
        await this.#sink({ ...change, agoMs: this.#clock.now() - at }, controller.signal);
      handed().then(() => end(true), () => end(false));
    });
  }
}

/**
 * Hands events to whoever listens. A listener that throws, or rejects, harms neither the query nor the others.
 *
 * @module
 */

import type { EventType, HoldfastEvent } from "../model/event.ts";
import type { Clock, Observer } from "../ports.ts";

/** The event of one type. */
export type EventOf<T extends EventType> = Extract<HoldfastEvent, { readonly type: T }>;

/** An event before the bus stamps the time on it. */
export type Unstamped<E = HoldfastEvent> = E extends HoldfastEvent ? Omit<E, "at"> : never;

/** Distributes events in the order they happen. */
export class Bus {
  readonly #clock: Clock;
  readonly #listeners = new Map<EventType | "*", Set<Observer>>();
  /** The event being told, and those that happened meanwhile. */
  readonly #untold: HoldfastEvent[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Adds a listener; the returned function takes it away again. */
  on(type: "*", listener: Observer): () => void;
  on<T extends EventType>(type: T, listener: (event: EventOf<T>) => void): () => void;
  on(type: EventType | "*", listener: (event: never) => void): () => void;
  on(type: EventType | "*", listener: (event: never) => void): () => void {
    const listeners = this.#listeners.get(type) ?? new Set<Observer>();
    this.#listeners.set(type, listeners);
    const observer = listener as Observer; // it is only told of what it asked for
    listeners.add(observer);
    return () => listeners.delete(observer);
  }

  emit(event: Unstamped): void {
    if (this.#listeners.size === 0) return;
    this.#untold.push({ ...event, at: this.#clock.now() } as HoldfastEvent);
    // What a listener leads to is told after what led to it, to all of them.
    if (this.#untold.length > 1) return;
    for (let next = this.#untold[0]; next !== undefined; next = this.#untold[0]) {
      this.#tell(this.#listeners.get(next.type), next);
      this.#tell(this.#listeners.get("*"), next);
      this.#untold.shift();
    }
  }

  #tell(listeners: ReadonlySet<Observer> | undefined, event: HoldfastEvent): void {
    if (listeners === undefined) return;
    for (const listener of listeners) {
      try {
        const result: unknown = listener(event);
        if (isThenable(result)) Promise.resolve(result).catch(ignore);
      } catch {
        // An observer looks on; it must not be able to fail a query.
      }
    }
  }
}

/** An async listener's rejection, handled by nobody, would end the process. */
function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value;
}

function ignore(): void {}

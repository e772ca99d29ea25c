/**
 * Virtual time: what is to happen, in order. A binary heap; an hour of 10,000 isolates is millions of events.
 */

interface Entry {
  readonly at: number;
  /** Of two at the same instant the one that was planned first comes first, so that a seed replays. */
  readonly order: number;
  readonly run: () => void;
}

export class Agenda {
  #now = 0;
  #planned = 0;
  readonly #heap: Entry[] = [];

  get now(): number {
    return this.#now;
  }

  at(instant: number, run: () => void): void {
    if (!(instant >= this.#now)) throw new RangeError(`${instant} is before ${this.#now}`);
    const entry = { at: instant, order: this.#planned++, run };
    const heap = this.#heap;
    let hole = heap.length;
    heap.push(entry);
    while (hole > 0) {
      const above = (hole - 1) >> 1;
      const parent = heap[above] as Entry;
      if (isBefore(parent, entry)) break;
      heap[hole] = parent;
      hole = above;
    }
    heap[hole] = entry;
  }

  after(delayMs: number, run: () => void): void {
    this.at(this.#now + Math.max(0, delayMs), run);
  }

  /** Lets everything happen that is due by then. */
  runUntil(instant: number): void {
    for (;;) {
      const next = this.#heap[0];
      if (next === undefined || next.at > instant) break;
      this.#takeFirst();
      this.#now = next.at;
      next.run();
    }
    this.#now = instant;
  }

  #takeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop() as Entry;
    const { length } = heap;
    if (length === 0) return;
    let hole = 0;
    for (;;) {
      let below = 2 * hole + 1;
      if (below >= length) break;
      if (below + 1 < length && isBefore(heap[below + 1] as Entry, heap[below] as Entry)) below++;
      const child = heap[below] as Entry;
      if (isBefore(last, child)) break;
      heap[hole] = child;
      hole = below;
    }
    heap[hole] = last;
  }
}

function isBefore(one: Entry, other: Entry): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}

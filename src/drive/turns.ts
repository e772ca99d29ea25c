/**
 * One thing after the other: what comes up while one is carried out has its turn after it, not inside it.
 *
 * A caller that gets a connection may give it back at once, because the circuit opened while it waited. As
 * calls within calls, a few thousand such in a row would overflow the stack.
 *
 * @module
 */

/** Carries out one item at a time. Allocates nothing when they come one by one. */
export class Turns<T> {
  readonly #carryOut: (item: T) => void;
  readonly #after: () => void;
  readonly #items: T[] = [];
  #isBusy = false;
  #isAfterDue = false;

  /** @param after what {@link comesAfter} puts off */
  constructor(carryOut: (item: T) => void, after: () => void) {
    this.#carryOut = carryOut;
    this.#after = after;
  }

  /** Now, or when what is under way is over. */
  take(item: T): void {
    if (this.#isBusy) {
      this.#items.push(item);
      return;
    }
    this.#isBusy = true;
    try {
      for (let next: T | undefined = item; next !== undefined; next = this.#items.pop()) {
        this.#carryOut(next);
      }
    } finally {
      this.#isBusy = false;
    }
    if (!this.#isAfterDue) return;
    this.#isAfterDue = false;
    this.#after();
  }

  /** Whether something is under way: then `after` is called when it is over, once. */
  comesAfter(): boolean {
    if (this.#isBusy) this.#isAfterDue = true;
    return this.#isBusy;
  }
}

/**
 * First come, first served, and whoever gives up leaves from the middle.
 *
 * A Set can do the same, but hashes every arrival and copies itself again and again as its front is taken
 * away: with 90 callers waiting that was 1.5 µs per query.
 *
 * @module
 */

/** Below so many empty places at the front it is not worth moving the others up. */
const MIN_GAP = 64;

/** A line of those who wait. Nobody stands in it twice. */
export class Queue<T extends object> {
  #places: (T | undefined)[] = [];
  #front = 0;

  get size(): number {
    return this.#places.length - this.#front;
  }

  /** Joins at the end. */
  add(item: T): void {
    this.#places.push(item);
  }

  /** Who stands at a place, from 0. */
  at(place: number): T | undefined {
    return this.#places[this.#front + place];
  }

  /** The one who waited longest, who leaves by that. */
  take(): T | undefined {
    const first = this.#places[this.#front];
    if (first === undefined) return undefined;
    this.#places[this.#front] = undefined;
    this.#front++;
    // At least half is empty then: each item is moved once at most, on average.
    if (this.#front >= MIN_GAP && this.#front * 2 >= this.#places.length) {
      this.#places.splice(0, this.#front);
      this.#front = 0;
    }
    return first;
  }

  /** Leaves, wherever it stands; `false` if it does not. Those who waited longest leave most cheaply. */
  delete(item: T): boolean {
    if (this.#places[this.#front] === item) return this.take() !== undefined;
    const at = this.#places.indexOf(item, this.#front);
    if (at >= 0) this.#places.splice(at, 1);
    return at >= 0;
  }

  /** Everybody leaves; in the order in which they came. */
  clear(): readonly T[] {
    const left = this.#places.slice(this.#front).filter((item) => item !== undefined);
    this.#places = [];
    this.#front = 0;
    return left;
  }
}

/**
 * How things really are: who can reach what.
 */

import type { Role } from "../../../src/model/endpoint.ts";
import { type Change, type Place, SOUTHERN_OF_TEN } from "./plan.ts";

export interface Target {
  readonly id: string;
  readonly index: number;
  readonly role: Role;
}

export class Truth {
  /** The primary is the first one. */
  readonly targets: readonly Target[];
  readonly #away: { readonly [P in Place]: boolean[] };
  readonly #storeAway: { [P in Place]: boolean } = { north: false, south: false };

  constructor(replicas: number) {
    this.targets = Array.from({ length: 1 + replicas }, (_, index): Target => ({
      id: index === 0 ? "primary" : `replica${index}`,
      index,
      role: index === 0 ? "primary" : "replica",
    }));
    const none = (): boolean[] => this.targets.map(() => false);
    this.#away = { north: none(), south: none() };
  }

  apply(change: Change): void {
    for (const place of change.places) {
      if (change.type === "store") this.#storeAway[place] = !change.up;
      else this.#away[place][this.indexOf(change.id)] = !change.up;
    }
  }

  indexOf(id: string): number {
    const index = this.targets.findIndex((one) => one.id === id);
    if (index < 0) throw new RangeError(`There is no endpoint ${id}`);
    return index;
  }

  reaches(place: Place, index: number): boolean {
    return !this.#away[place][index];
  }

  reachesStore(place: Place): boolean {
    return !this.#storeAway[place];
  }
}

/** Where the n-th isolate is. */
export function placeOf(number: number): Place {
  return number % 10 < SOUTHERN_OF_TEN ? "south" : "north";
}

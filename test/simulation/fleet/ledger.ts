/**
 * What is counted in a run.
 */

import { type Change, EVERYWHERE, type Place } from "./plan.ts";
import type { Own } from "./isolate.ts";

/** What became of one outage for everybody. */
export interface Incident {
  readonly index: number;
  readonly downAt: number;
  /** For everybody, the store's prober too. */
  readonly isForAll: boolean;
  /** When the store had it out for everyone, or held. */
  outAt?: number;
  /** When half, and when 99 %, of all isolates left it alone. */
  halfAwayAt?: number;
  mostAwayAt?: number;
  upAt?: number;
  /** When 99 %, and all, sent it its full share again. */
  mostBackAt?: number;
  allBackAt?: number;
}

/** One call of an isolate. */
interface Called {
  readonly now: number;
  readonly answers: boolean;
  /** Let through by a half-open circuit of its own. */
  readonly isTrial: boolean;
  /** That the endpoint is out for all, or held. */
  readonly isTold: boolean;
}

/** Counts by the second. */
export type Seconds = Uint32Array;

export class Ledger {
  readonly syncs: Seconds;
  readonly claims: Seconds;
  /** Isolates that call the store for the first time, or again after they could not. */
  readonly arrivals: Seconds;
  /** By endpoint: looks for all, by the prober or by a claimed trial. */
  readonly looks: readonly Seconds[];
  /** Trials of isolates' own circuits, of those who have not been told … */
  readonly ownTrials: readonly Seconds[];
  /** … and of those who have: of an endpoint that is held each may try now and then. */
  readonly toldTrials: readonly Seconds[];
  /** Calls that ended at a dead endpoint, trials included. */
  readonly wasted: readonly Seconds[];
  readonly alive: { [P in Place]: number } = { north: 0, south: 0 };
  readonly incidents: Incident[] = [];
  readonly #avoiding: number[];
  readonly #lessened: number[];
  readonly #now: () => number;

  constructor(endpoints: number, forMs: number, now: () => number) {
    const seconds = (): Seconds => new Uint32Array(Math.ceil(forMs / 1_000) + 1);
    const byEndpoint = (): Seconds[] => Array.from({ length: endpoints }, seconds);
    this.syncs = seconds();
    this.claims = seconds();
    this.arrivals = seconds();
    this.looks = byEndpoint();
    this.ownTrials = byEndpoint();
    this.toldTrials = byEndpoint();
    this.wasted = byEndpoint();
    this.#avoiding = new Array<number>(endpoints).fill(0);
    this.#lessened = new Array<number>(endpoints).fill(0);
    this.#now = now;
  }

  get isolates(): number {
    return this.alive.north + this.alive.south;
  }

  /** How many send less than its share to an endpoint. */
  lessened(index: number): number {
    return this.#lessened[index] ?? 0;
  }

  storeCall(kind: "sync" | "claim", now: number): void {
    add(kind === "sync" ? this.syncs : this.claims, now);
  }

  arrived(now: number): void {
    add(this.arrivals, now);
  }

  looked(index: number, now: number): void {
    add(this.looks[index], now);
  }

  called(index: number, { now, answers, isTrial, isTold }: Called): void {
    if (!answers) add(this.wasted[index], now);
    if (isTrial) add((isTold ? this.toldTrials : this.ownTrials)[index], now);
  }

  born(place: Place): void {
    this.alive[place]++;
  }

  died(place: Place, owns: readonly Own[]): void {
    this.alive[place]--;
    for (const [index, own] of owns.entries()) {
      this.count(index, own, { avoids: false, lessens: false });
    }
  }

  count(index: number, own: Own, after: Pick<Own, "avoids" | "lessens">): void {
    if (own.avoids !== after.avoids) raise(this.#avoiding, index, after.avoids);
    if (own.lessens !== after.lessens) raise(this.#lessened, index, after.lessens);
    if (own.avoids === after.avoids && own.lessens === after.lessens) return;
    own.avoids = after.avoids;
    own.lessens = after.lessens;
    this.#follow(index);
  }

  /** An outage begins or ends. */
  changed(
    index: number,
    { at, up, places }: Extract<Change, { type: "endpoint" }>,
  ): void {
    const isForAll = places.length === EVERYWHERE.length;
    if (!up) this.incidents.push({ index, downAt: at, isForAll });
    else {
      const last = this.incidents.findLast((one) => one.index === index);
      if (last !== undefined) last.upAt = at;
      this.#follow(index);
    }
  }

  /** The store takes an endpoint from everyone, or holds it. */
  outForAll(index: number, now: number): void {
    const last = this.incidents.findLast((one) => one.index === index);
    if (last !== undefined && last.upAt === undefined) last.outAt ??= now;
  }

  #follow(index: number): void {
    const last = this.incidents.findLast((one) => one.index === index);
    if (last === undefined) return;
    const now = this.#now();
    const avoiding = this.#avoiding[index] ?? 0;
    const lessened = this.lessened(index);
    if (last.upAt === undefined) {
      if (avoiding >= 0.5 * this.isolates) last.halfAwayAt ??= now;
      if (avoiding >= 0.99 * this.isolates) last.mostAwayAt ??= now;
      return;
    }
    if (lessened <= 0.01 * this.isolates) last.mostBackAt ??= now;
    if (lessened === 0) last.allBackAt ??= now;
  }
}

function add(seconds: Seconds | undefined, now: number): void {
  if (seconds === undefined) return;
  const second = Math.floor(now / 1_000);
  seconds[second] = (seconds[second] ?? 0) + 1;
}

function raise(counts: number[], index: number, up: boolean): void {
  counts[index] = (counts[index] ?? 0) + (up ? 1 : -1);
}

/** The most that came together in any span of so many seconds, as a rate per second. */
export function busiest(seconds: readonly Seconds[], span: number, from = 0, to?: number): number {
  const [first] = seconds;
  const end = Math.min(to ?? Infinity, first?.length ?? 0);
  const sumAt = (n: number): number => seconds.reduce((sum, one) => sum + (one[n] ?? 0), 0);
  let inSpan = 0;
  let most = 0;
  for (let n = from; n < end; n++) {
    inSpan += sumAt(n);
    if (n - span >= from) inSpan -= sumAt(n - span);
    most = Math.max(most, inSpan);
  }
  return most / span;
}

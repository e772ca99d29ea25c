/**
 * What holdfast tells, as lines for people.
 *
 * @module
 */

import type { CircuitPhase, HoldfastEvent, RecoveryRung } from "../../mod.ts";

/** Something that happened, by the demo's hand or in holdfast. */
export interface DemoEvent {
  /** Milliseconds since the load began. */
  readonly atMs: number;
  readonly by: "demo" | "holdfast";
  readonly what: string;
}

/** An event as a line with its time. */
export function line(event: DemoEvent): string {
  const time = (event.atMs / 1_000).toFixed(1).padStart(6);
  return `${time} s  ${event.by === "demo" ? "▶" : " "} ${event.what}`;
}

/** Of the same thing once in so long: what flickers would push everything else off the screen. */
const AGAIN_AFTER_MS = 5_000;

/**
 * Puts events into words, one at a time and in their order; `undefined`: not worth a line. Of an endpoint
 * that is suspected again and again, whose limit moves up and down, or whose circuit's trials fail, only
 * the first time is told.
 */
export function createTeller(): (event: HoldfastEvent) => string | undefined {
  const toldAt = new Map<string, number>();
  /** Whose suspicion was told, so that its end is told too. */
  const suspected = new Set<string>();
  const isNew = (what: string, now: number): boolean => {
    const last = toldAt.get(what);
    if (last !== undefined && now - last < AGAIN_AFTER_MS) return false;
    toldAt.set(what, now);
    return true;
  };
  const isTold = (event: HoldfastEvent): boolean => {
    if (event.type === "pool") {
      const way = event.to < event.from ? "down" : "up";
      return isNew(`${event.endpoint}'s limit ${way}`, event.at);
    }
    if (event.type === "circuit") {
      const { endpoint, from, to, at } = event;
      const isTrial = to === "halfOpen" || (from === "halfOpen" && to === "open");
      return !isTrial || isNew(`${endpoint}'s circuit ${to}`, at);
    }
    // By the clock alone it ends also while the endpoint is away again.
    if (event.type === "ramp") return event.phase === "started" || !suspected.has(event.endpoint);
    if (event.type !== "health") return true;
    const { endpoint, to, at } = event;
    if (to === "alive") return suspected.delete(endpoint);
    if (to === "suspect" && !isNew(`${endpoint} suspect`, at)) return false;
    suspected.add(endpoint);
    return true;
  };
  return (event) => isTold(event) ? inWords(event) : undefined;
}

/** One event; retries, probes, connections and hedges are too many for a line each. */
export function inWords(event: HoldfastEvent): string | undefined {
  switch (event.type) {
    case "circuit":
      return `${event.endpoint}: circuit ${phaseName(event.from)} → ${
        phaseName(event.to)
      } (${event.because})`;
    case "role":
      return `${event.endpoint}: ${event.from} → ${event.to}`;
    case "failover":
      return `failover ${event.from} → ${event.to}: ${event.phase}`;
    case "endpoint":
      return `${event.endpoint}: ${event.change}`;
    case "health":
      return event.to === "alive"
        ? `${event.endpoint}: alive again`
        : `${event.endpoint}: ${event.to} (${event.because})`;
    case "recovery":
      return event.phase === "recovered"
        ? `${event.endpoint}: recovered, after rung ${rungName(event.rung)}`
        : `${event.endpoint}: recovery, rung ${rungName(event.rung)}${
          event.attempt > 1 ? " once more" : ""
        }: ${event.because}`;
    case "ramp":
      return event.phase === "started"
        ? `${event.endpoint}: back, and gets all of its share within ${inSeconds(event.overMs)}`
        : `${event.endpoint}: ramp over, it gets all of its share`;
    case "ejection":
      return event.change === "ejected"
        ? `${event.endpoint}: ejected, ${event.because}`
        : `${event.endpoint}: no longer ejected, ${event.because}`;
    case "panic":
      return event.active
        ? `panic: only ${event.healthy} of ${event.total} are well, nobody is ejected for being slow`
        : `panic over: ${event.healthy} of ${event.total} are well`;
    case "vitals":
      return event.signs.length === 0
        ? `${event.endpoint}: nothing wrong with it any more`
        : `${event.endpoint}: ${event.because.join("; ") || event.signs.join(", ")}`;
    case "pool":
      return `${event.endpoint}: ${event.from} → ${event.to} calls at once (${event.because})`;
    case "alert":
      return event.phase === "firing"
        ? `ALERT ${event.rule}: ${event.says} (${Number(event.value.toFixed(2))})`
        : `alert ${event.rule} is over (${Number(event.value.toFixed(2))})`;
    case "store":
      return event.phase === "lost"
        ? `store ${event.store} is lost: ${event.because}`
        : `store ${event.store} is back: ${event.because}`;
    case "retry":
    case "failed":
    case "connection":
    case "probe":
    case "hedge":
      return undefined;
    default:
      return event satisfies never;
  }
}

/** A rung in a word, as narrow as the table's column. */
export function rungName(rung: RecoveryRung): string {
  switch (rung) {
    case "refresh":
    case "isolate":
      return rung;
    case "rebuildPool":
      return "pool";
    case "rebuildClient":
      return "client";
    default:
      return rung satisfies never;
  }
}

/** A circuit's phase as it is written in English. */
export function phaseName(phase: CircuitPhase): string {
  return phase === "halfOpen" ? "half-open" : phase;
}

function inSeconds(ms: number): string {
  return `${Number((ms / 1_000).toFixed(1))} s`;
}

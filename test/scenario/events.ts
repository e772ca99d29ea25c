/**
 * Events in a scenario's words; those that are too many to be told are left out.
 */

import type { HoldfastEvent } from "../../src/model/event.ts";

/** A line for the event, or `undefined`. */
export function inWords(event: HoldfastEvent): string | undefined {
  switch (event.type) {
    case "circuit":
      return `circuit of ${event.endpoint}: ${event.to}, ${event.because}`;
    case "role":
      return `${event.endpoint} is ${event.to}, was ${event.from}`;
    case "retry":
      return `${event.endpoint}: ${event.kind}, attempt ${event.attempt + 1}`;
    case "failover":
      return `failover from ${event.from} to ${event.to} ${event.phase}`;
    case "health":
      return `${event.endpoint} is ${event.to}: ${event.because}`;
    case "vitals":
      return event.signs.length === 0
        ? `${event.endpoint}: nothing wrong any more`
        : `${event.endpoint}: ${event.because.join("; ") || event.signs.join(", ")}`;
    case "pool":
      return `${event.endpoint}: limit ${event.from} → ${event.to}, ${event.because}`;
    case "ejection":
      return `${event.endpoint} ${event.change}: ${event.because}`;
    case "panic":
      return `panic ${
        event.active ? "begins" : "ends"
      }: ${event.healthy} of ${event.total} are well`;
    case "ramp":
      return `${event.endpoint}: ramp ${event.phase}, ${event.overMs} ms`;
    case "recovery":
      return event.phase === "started"
        ? `${event.endpoint}: ${event.rung} (${event.attempt}), ${event.because}`
        : `${event.endpoint} recovered after ${event.rung}`;
    case "hedge":
      return event.phase === "sent"
        ? `${event.endpoint}: hedged on ${event.to} after ${event.afterMs} ms`
        : `${event.endpoint}: hedged on ${event.to}, ${event.winner} won`;
    case "alert":
      return `alert ${event.rule} ${event.phase}: ${event.says}`;
    case "store":
      return `store ${event.phase}: ${event.because}`;
    case "connection":
    case "endpoint":
    case "failed":
    case "probe":
      return undefined;
    default:
      return event satisfies never;
  }
}

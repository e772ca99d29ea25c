/**
 * Alerts as lines for people who read logs.
 *
 * @module
 */

import type { Alert, AlertSink } from "../../src/ports.ts";

/** How alerts are written. */
export interface ConsoleOptions {
  /** Takes the lines: an alert that fires is an error, one that is over is information. @default {console} */
  readonly console?: Pick<Console, "error" | "info">;
}

/**
 * Writes each alert as one line:
 * `ALERT: fewer than half of the endpoints are available (fewEndpoints: 0.333, threshold 0.5)`, and
 * `RESOLVED: …` when it is over.
 */
export function toConsole(options: ConsoleOptions = {}): AlertSink {
  return (alert) => {
    const lines = options.console ?? console;
    switch (alert.phase) {
      case "firing":
        return lines.error(lineOf("ALERT", alert));
      case "resolved":
        return lines.info(lineOf("RESOLVED", alert));
      default:
        return alert.phase satisfies never;
    }
  };
}

function lineOf(word: string, { says, rule, value, threshold }: Alert): string {
  return `${word}: ${says} (${rule}: ${short(value)}, threshold ${short(threshold)})`;
}

/** Three digits tell a person enough: 0.333, 1 340. */
function short(value: number): string {
  return String(Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3)));
}

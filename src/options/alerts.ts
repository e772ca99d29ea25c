/**
 * Checks and completes what is said about alerts.
 *
 * @module
 */

import type { AlertSettings } from "../drive/settings.ts";
import { type AlertRule, DEFAULT_ALERTS } from "../observe/alerts.ts";
import { READING_NAMES, type ReadingName } from "../observe/reading.ts";
import type { AlertSink } from "../ports.ts";
import type { Inspector } from "./inspector.ts";

/** What is watched, and who is told. Alerts are events (`"alert"`) in any case. */
export interface AlertOptions {
  /** Replaces the three of the availability guide. To add to them: `[...DEFAULT_ALERTS, mine]`. @default {DEFAULT_ALERTS} */
  readonly rules?: readonly AlertRule[];
  /** `toConsole()` or `webhook(…)` from `holdfast/alerts`, or functions of your own. @default {[]} */
  readonly deliver?: AlertSink | readonly AlertSink[];
  readonly intervalMs?: number;
}

const MAX_RULES = 100;
const MAX_SINKS = 10;
const MAX_NAME_LENGTH = 100;
const MAX_SAYS_LENGTH = 500;

const KNOWN = ["rules", "deliver", "intervalMs"];
const RULE = ["name", "says", "of", "when", "threshold", "clearAt", "forMs", "clearForMs"];

/** The settings of an `alerts` option; what is wrong with it goes to the inspector. */
export function readAlerts(inspector: Inspector, value: unknown): AlertSettings {
  if (typeof value === "boolean") {
    if (value) inspector.refuse("alerts", value, "false, or an object");
    return { rules: [], deliver: [], intervalMs: 0 };
  }
  const given = inspector.record("alerts", value);
  inspector.onlyKnown("alerts", given, KNOWN);
  return {
    rules: readRules(inspector, given["rules"]),
    deliver: readSinks(inspector, given["deliver"]),
    intervalMs: inspector.number("alerts.intervalMs", given["intervalMs"]) ?? 0,
  };
}

function readRules(inspector: Inspector, value: unknown = DEFAULT_ALERTS): AlertRule[] {
  if (!Array.isArray(value) || value.length > MAX_RULES) {
    inspector.refuse("alerts.rules", value, `a list of at most ${MAX_RULES} rules`);
    return [];
  }
  const rules = value.map((rule: unknown, i) => {
    const path = `alerts.rules[${i}]`;
    if (typeof rule === "object" && rule !== null) return readRule(inspector, path, rule);
    // One problem, and not another one for each thing that a rule has.
    inspector.refuse(path, rule, `a rule: { ${RULE.join(", ")} }`);
    return NO_RULE;
  });
  const seen = new Set<string>();
  rules.forEach(({ name }, i) => {
    if (name !== "" && seen.has(name)) {
      inspector.refuse(`alerts.rules[${i}].name`, name, "a name that no other rule has");
    }
    seen.add(name);
  });
  return rules;
}

/** In the place of what is none; nothing runs with it, because it was refused. */
const NO_RULE: AlertRule = {
  name: "",
  says: "",
  of: "totalEndpoints",
  when: "below",
  threshold: 0,
};

function readRule(inspector: Inspector, path: string, value: unknown): AlertRule {
  const given = inspector.record(path, value);
  inspector.onlyKnown(path, given, RULE);
  const when = inspector.word(`${path}.when`, given["when"], ["above", "below"] as const);
  const threshold = readFinite(inspector, `${path}.threshold`, given["threshold"]);
  const clearAt = given["clearAt"] === undefined
    ? threshold
    : readFinite(inspector, `${path}.clearAt`, given["clearAt"]);
  if (when === "above" ? clearAt > threshold : clearAt < threshold) {
    const side = when === "above" ? "at most" : "at least";
    inspector.refuse(`${path}.clearAt`, clearAt, `${side} the threshold (${threshold})`);
  }
  return {
    name: readName(inspector, `${path}.name`, given["name"]),
    says: readText(inspector, `${path}.says`, given["says"], MAX_SAYS_LENGTH),
    of: inspector.word<ReadingName>(`${path}.of`, given["of"], READING_NAMES) ?? "totalEndpoints",
    when: when ?? "above",
    threshold,
    clearAt,
    forMs: inspector.number("alertRule.forMs", given["forMs"], `${path}.forMs`) ?? 0,
    clearForMs:
      inspector.number("alertRule.clearForMs", given["clearForMs"], `${path}.clearForMs`) ??
        0,
  };
}

function readName(inspector: Inspector, path: string, value: unknown): string {
  // Names are told in events and to every sink; a URL there would tell its password.
  if (typeof value !== "string" || !/:\/\/|:.*@/.test(value)) {
    return readText(inspector, path, value, MAX_NAME_LENGTH);
  }
  inspector.refuse(path, value, `a text of 1 to ${MAX_NAME_LENGTH} characters, and no URL`);
  return "";
}

function readText(inspector: Inspector, path: string, value: unknown, max: number): string {
  if (typeof value === "string" && value !== "" && value.length <= max) return value;
  inspector.refuse(path, value, `a text of 1 to ${max} characters`);
  return "";
}

function readFinite(inspector: Inspector, path: string, value: unknown): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  inspector.refuse(path, value, "a finite number");
  return NaN;
}

function readSinks(inspector: Inspector, value: unknown = []): AlertSink[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (list.length <= MAX_SINKS && list.every((sink) => typeof sink === "function")) {
    return list as AlertSink[];
  }
  const allowed = `a function, or a list of at most ${MAX_SINKS}; see "holdfast/alerts"`;
  inspector.refuse("alerts.deliver", value, allowed);
  return [];
}

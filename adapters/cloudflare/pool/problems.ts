/**
 * What is wrong with how a pooled connector was made.
 *
 * @module
 */

import type { Connector, ConnectorProblem } from "../../../src/ports.ts";
import { unknownOptions } from "../../stores/cell/unknown-options.ts";
import type { PooledOptions } from "./pooled.ts";

const KNOWN: readonly string[] = ["by", "shards", "connections", "locationHint", "endpoint"];
const MAX_SHARDS = 100;

/** All of it, for the message that names every wrong option. */
export function problemsOf(connector: unknown, options: unknown): ConnectorProblem[] {
  const given = isObject(options) ? options as Partial<PooledOptions> : {};
  return [
    ...connectorProblems(connector),
    ...unknownOptions(given, KNOWN),
    ...byProblems(given.by),
    ...outside("shards", given.shards, [1, MAX_SHARDS]),
    ...outside("connections", given.connections, [2, 6]),
    ...noText("locationHint", given.locationHint),
    ...noText("endpoint", given.endpoint),
  ];
}

function connectorProblems(connector: unknown): readonly ConnectorProblem[] {
  const { transport, dialect, transactions, problems } = isObject(connector)
    ? connector as Partial<Connector>
    : {};
  if (transport === "socket" && dialect === "postgres" && transactions === true) {
    return problems ?? [];
  }
  const allowed = "a connector to PostgreSQL by socket, such as postgres(url) of holdfast/postgres";
  return [{ path: "", value: "another value", allowed }];
}

function byProblems(by: unknown): readonly ConnectorProblem[] {
  if (isObject(by) && "getByName" in by) return [];
  const allowed = "a Durable Object's binding, such as env.POOL: see wrangler.toml";
  return [{ path: "by", value: `a value of type ${typeof by}`, allowed }];
}

function outside(
  path: string,
  value: unknown,
  [from, to]: readonly [number, number],
): readonly ConnectorProblem[] {
  if (value === undefined) return [];
  if (Number.isInteger(value) && Number(value) >= from && Number(value) <= to) return [];
  const shown = typeof value === "number" ? String(value) : `a value of type ${typeof value}`;
  return [{ path, value: shown, allowed: `a whole number from ${from} to ${to}` }];
}

function noText(path: string, value: unknown): readonly ConnectorProblem[] {
  if (value === undefined || (typeof value === "string" && value !== "")) return [];
  return [{ path, value: `a value of type ${typeof value}`, allowed: "a text" }];
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

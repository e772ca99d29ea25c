/**
 * Checks and normalises declared endpoints.
 *
 * @module
 */

import { parseRole, ROLE_WORDS, type Tags } from "../model/endpoint.ts";
import type { Connector, ConnectorProblem } from "../ports.ts";
import type { Station } from "../drive/settings.ts";
import { at, type Inspector } from "./inspector.ts";

/** More than this is no replication group but a mistake. */
const MAX_ENDPOINTS = 100;
const MAX_ID_LENGTH = 100;

const KNOWN = ["id", "connector", "role", "weight", "tags", "promotable", "maxConnections"];

/** The stations of a list of endpoints; what is wrong with it goes to the inspector. */
export function readEndpoints(inspector: Inspector, value: unknown): Station[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_ENDPOINTS) {
    inspector.refuse("endpoints", value, `a list of 1 to ${MAX_ENDPOINTS} endpoints`);
    return [];
  }
  const stations = value.map((given: unknown, i) =>
    readEndpoint(inspector, `endpoints[${i}]`, given)
  );
  refuseDoubles(inspector, stations);
  refuseNoPrimary(inspector, stations);
  refuseMixedDialects(inspector, stations);
  return stations;
}

/** One endpoint, normalised. */
export function readEndpoint(inspector: Inspector, path: string, value: unknown): Station {
  const given = inspector.record(path, value);
  inspector.onlyKnown(path, given, KNOWN);
  const role = readRole(inspector, `${path}.role`, given["role"]);
  return {
    endpoint: {
      id: readId(inspector, `${path}.id`, given["id"]),
      role: role?.role,
      access: role?.access ?? "readWrite",
      weight: inspector.number("endpoint.weight", given["weight"], `${path}.weight`) ?? 1,
      tags: readTags(inspector, `${path}.tags`, given["tags"]),
      promotable: readFlag(inspector, `${path}.promotable`, given["promotable"]),
    },
    connector: readConnector(inspector, `${path}.connector`, given["connector"]),
    maxConnections: inspector.number(
      "endpoint.maxConnections",
      given["maxConnections"],
      `${path}.maxConnections`,
    ),
  };
}

/** A set of tags: short texts by name. */
export function readTags(inspector: Inspector, path: string, value: unknown): Tags {
  const given = inspector.record(path, value);
  const tags: Record<string, string> = {};
  for (const [key, tag] of Object.entries(given)) {
    if (typeof tag === "string") tags[key] = tag;
    else inspector.refuse(at(path, key), tag, "a text");
  }
  return tags;
}

function readId(inspector: Inspector, path: string, value: unknown): string {
  const isName = typeof value === "string" && value !== "" && value.length <= MAX_ID_LENGTH;
  // Ids are told in errors and events; a URL there would tell its password.
  if (isName && !/:\/\/|:.*@/.test(value)) return value;
  inspector.refuse(path, value, `a text of 1 to ${MAX_ID_LENGTH} characters, and no URL`);
  return "";
}

function readRole(
  inspector: Inspector,
  path: string,
  value: unknown,
): ReturnType<typeof parseRole> {
  if (value === undefined) return undefined;
  const role = typeof value === "string" ? parseRole(value) : undefined;
  if (role === undefined) inspector.refuse(path, value, `one of ${ROLE_WORDS.join(", ")}`);
  return role;
}

function readFlag(inspector: Inspector, path: string, value: unknown): boolean {
  if (value !== undefined && typeof value !== "boolean") {
    inspector.refuse(path, value, "true or false");
  }
  return value !== false;
}

function readConnector(inspector: Inspector, path: string, value: unknown): Connector {
  const connector = value as Partial<Connector> | null | undefined;
  if (typeof connector?.connect !== "function") {
    inspector.refuse(path, value, 'a connector, such as postgres(url) from "holdfast/postgres"');
  } else {
    inspector.word(`${path}.dialect`, connector.dialect, ["postgres", "mysql"]);
  }
  const problems: unknown = connector?.problems;
  for (const problem of Array.isArray(problems) ? problems as Partial<ConnectorProblem>[] : []) {
    const { path: where, value: shown, allowed } = problem ?? {};
    if (typeof where !== "string" || typeof shown !== "string" || typeof allowed !== "string") {
      inspector.refuse(`${path}.problems`, problem, "a list of { path, value, allowed }");
    } else {
      inspector.problems.push({
        path: where === "" ? path : `${path}.${where}`,
        value: shown,
        allowed,
      });
    }
  }
  return value as Connector;
}

function refuseDoubles(inspector: Inspector, stations: readonly Station[]): void {
  const seen = new Set<string>();
  stations.forEach(({ endpoint }, i) => {
    if (endpoint.id === "") return;
    if (seen.has(endpoint.id)) {
      inspector.refuse(`endpoints[${i}].id`, endpoint.id, "an id that no other endpoint has");
    }
    seen.add(endpoint.id);
  });
}

function refuseNoPrimary(inspector: Inspector, stations: readonly Station[]): void {
  // An endpoint without a declared role may turn out to be the primary.
  if (stations.some(({ endpoint }) => endpoint.role !== "replica")) {
    const primaries = stations.filter(({ endpoint: { role, access } }) =>
      role === "primary" && access === "readWrite"
    );
    if (primaries.length > 1) {
      inspector.problems.push({
        path: "endpoints",
        value: `${primaries.length} primaries (${primaries.map((s) => s.endpoint.id).join(", ")})`,
        allowed: "at most one primary; leave out a role you are not sure of",
      });
    }
    return;
  }
  inspector.problems.push({
    path: "endpoints",
    value: "replicas only",
    allowed: "at least one primary, or one without a role whose role holdfast finds out",
  });
}

function refuseMixedDialects(inspector: Inspector, stations: readonly Station[]): void {
  const dialects = new Set(
    stations.map(({ connector }) => connector?.dialect).filter((d) => typeof d === "string"),
  );
  if (dialects.size <= 1) return;
  inspector.problems.push({
    path: "endpoints",
    value: [...dialects].join(" and "),
    allowed: "endpoints of one database, which all speak the same SQL",
  });
}

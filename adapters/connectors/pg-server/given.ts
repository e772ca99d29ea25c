/**
 * A connector's options as somebody wrote them, perhaps without types.
 *
 * @module
 */

import type { Connection, ConnectOptions, ConnectorProblem } from "../../../src/ports.ts";
import { clientFailure } from "./failure.ts";

/** What `typeof` says of each option's value. */
export type Kinds<T> = Readonly<Record<keyof T, string | readonly string[]>>;

/** Reads a URL or an object of options without ever throwing: what is no such thing is listed and dropped. */
export function readGiven<T extends { readonly url?: string }>(
  given: unknown,
  kinds: Kinds<T>,
  problems: ConnectorProblem[],
): Partial<T> {
  // `url` is a text in every one of them.
  if (typeof given === "string") return { url: given } as Partial<T>;
  if (typeof given === "object" && given !== null) return keepUsable(given, kinds, problems);
  problems.push({ path: "", value: kindOf(given), allowed: "a URL or an object of options" });
  return {};
}

/** Drops what has a wrong name or a wrong type, and says so. */
function keepUsable<T>(
  given: object,
  kinds: Kinds<T>,
  problems: ConnectorProblem[],
): Partial<T> {
  const byName: Readonly<Record<string, string | readonly string[]>> = kinds;
  const entries = Object.entries(given).filter(([name, value]: [string, unknown]) => {
    if (value === undefined) return false;
    const allowed = Object.hasOwn(byName, name) ? byName[name] : undefined;
    if (allowed === undefined) {
      const names = `one of ${Object.keys(kinds).join(", ")}`;
      problems.push({ path: name, value: "an unknown option", allowed: names });
      return false;
    }
    const types = typeof allowed === "string" ? [allowed] : allowed;
    if (value !== null && types.includes(typeof value)) return true;
    problems.push({ path: name, value: kindOf(value), allowed: `a ${types.join(" or a ")}` });
    return false;
  });
  // Every entry was checked against the names and types above.
  return Object.fromEntries(entries) as Partial<T>;
}

/** The value itself may be secret; what kind it is never is. */
function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** A part of a URL without its escapes; what is broken is listed. */
export function decoded(part: string, problems: ConnectorProblem[]): string {
  try {
    return decodeURIComponent(part);
  } catch {
    const allowed = "%25 where a percent sign is meant";
    problems.push({ path: "url", value: "a URL with a broken %-escape", allowed });
    return "";
  }
}

/** Parses the URL of a PostgreSQL database; nothing of one that is none is shown. */
export function parseUrl(
  text: string,
  allowed: string,
  problems: ConnectorProblem[],
): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) {
    problems.push({ path: "url", value: "a text that does not parse", allowed });
    return undefined;
  }
  if (url.protocol === "postgres:" || url.protocol === "postgresql:") return url;
  // Not even the scheme is shown: in `user:password@host` it is the user's name.
  problems.push({ path: "url", value: "a URL of another kind", allowed });
  return undefined;
}

/** The `connect` of a connector whose options are not usable. */
export function refusing(
  name: string,
  problems: readonly ConnectorProblem[],
): (options: ConnectOptions) => Promise<Connection> {
  const paths = problems.map(({ path }) => path === "" ? "neither a URL nor an object" : path);
  const message = `The ${name} connector's options are not usable: ${paths.join(", ")}`;
  return () => Promise.reject(clientFailure(message, "OPTION", "connecting", "broken"));
}

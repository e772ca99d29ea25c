/**
 * The connector's options, and what is wrong with them.
 *
 * @module
 */

import type { ConnectorProblem } from "../../../src/ports.ts";
import type { PlanetscaleCast } from "./values.ts";

/** As much of the platform's `fetch` as is used. */
export type PlanetscaleFetch = (
  url: string,
  init: {
    readonly method: string;
    readonly headers: Record<string, string>;
    /** A stream where the place would send a text a second time (Deno). */
    readonly body: string | ReadableStream<Uint8Array>;
    readonly duplex?: "half";
    readonly keepalive?: boolean;
    readonly signal: AbortSignal;
    readonly redirect: "manual";
    readonly cache?: "no-store";
  },
) => Promise<{
  readonly ok: boolean;
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
}>;

/** How to reach one PlanetScale branch, or one of its replicas. What is written here is stronger than what the URL says. */
export interface PlanetscaleOptions {
  /**
   * `mysql://user:password@host/database` as PlanetScale's console gives it, or `https://user:password@host`;
   * the database and what comes after the `?` have no effect, because the password belongs to one branch.
   * `http://` speaks without TLS, for a simulator of your own.
   */
  readonly url?: string;
  /** A name, with or without a port: `aws.connect.psdb.cloud`. Reached by HTTPS. */
  readonly host?: string;
  readonly username?: string;
  readonly password?: string;
  /**
   * `replica` sends `use @replica` first: the branch's own replicas answer then, whose endpoint has the role
   * `replica`. Not needed with a password that was made for replicas or for a read-only region.
   * @default {"primary"}
   */
  readonly target?: "primary" | "replica";
  /** Sends `set @@boost_cached_queries = true` first: PlanetScale Boost may answer reads from its cache. @default {false} */
  readonly boost?: boolean;
  /** Instead of the platform's own. It has to heed the `signal` it is handed. */
  readonly fetch?: PlanetscaleFetch;
  /** Instead of the connector's own reading of values, with the signature `@planetscale/database` knows. */
  readonly cast?: PlanetscaleCast;
}

/** The options in the shape the connector works with. */
export interface Target {
  /** `https://host/psdb.v1alpha1.Database/` */
  readonly base: string;
  readonly authorization: string;
  readonly isReplica: boolean;
  /** What every session begins with. */
  readonly setup: readonly string[];
  readonly fetch: PlanetscaleFetch | undefined;
  readonly cast: PlanetscaleCast | undefined;
}

const NAMES: Readonly<Record<keyof PlanetscaleOptions, string>> = {
  url: "string",
  host: "string",
  username: "string",
  password: "string",
  target: "string",
  boost: "boolean",
  fetch: "function",
  cast: "function",
};

const URL_ALLOWED = "a URL like mysql://user:password@aws.connect.psdb.cloud/shop";

/** Reads options without ever throwing: what is wrong is listed. */
export function readOptions(
  given: string | PlanetscaleOptions,
): { readonly target: Target; readonly problems: readonly ConnectorProblem[] } {
  const problems: ConnectorProblem[] = [];
  const asked: unknown = given;
  let options: PlanetscaleOptions = {};
  if (typeof given === "string") options = { url: given };
  else if (typeof asked === "object" && asked !== null) options = keepUsable(given, problems);
  else problems.push({ path: "", value: kindOf(asked), allowed: "a URL or an object of options" });
  const url = options.url === undefined ? {} : readUrl(options.url, problems);
  const { username = url.username ?? "", password = url.password ?? "" } = options;
  if (problems.length === 0) {
    const missing = { username, password };
    for (const [path, value] of Object.entries(missing)) {
      if (value === "") {
        problems.push({ path, value: "none", allowed: "a text, here or in the URL" });
      }
    }
  }
  if (username.includes(":")) {
    problems.push({
      path: "username",
      value: "a text with a colon",
      allowed: "a text without one",
    });
  }
  const { target = "primary" } = options;
  if (target !== "primary" && target !== "replica") {
    problems.push({ path: "target", value: "another word", allowed: "primary, replica" });
  }
  return {
    target: {
      base: baseOf(options, url, problems),
      authorization: `Basic ${base64(`${username}:${password}`)}`,
      isReplica: target === "replica",
      setup: [
        ...(target === "replica" ? ["use @replica"] : []),
        ...(options.boost === true ? ["set @@boost_cached_queries = true"] : []),
      ],
      fetch: options.fetch,
      cast: options.cast,
    },
    problems,
  };
}

interface UrlParts {
  readonly base?: string;
  readonly username?: string;
  readonly password?: string;
}

/** Nothing of it ever appears in a problem's text: a password may stand anywhere in a URL that does not parse. */
function readUrl(text: string, problems: ConnectorProblem[]): UrlParts {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    problems.push({ path: "url", value: "a text that does not parse", allowed: URL_ALLOWED });
    return {};
  }
  if (!["mysql:", "https:", "http:"].includes(url.protocol) || url.host === "") {
    problems.push({ path: "url", value: "a URL of another kind", allowed: URL_ALLOWED });
    return {};
  }
  return {
    base: `${url.protocol === "http:" ? "http" : "https"}://${url.host}`,
    username: decoded(url.username, problems),
    password: decoded(url.password, problems),
  };
}

function decoded(text: string, problems: ConnectorProblem[]): string {
  try {
    return decodeURIComponent(text);
  } catch {
    problems.push({
      path: "url",
      value: "a percent sign that encodes nothing",
      allowed: "%25 for %",
    });
    return "";
  }
}

function baseOf(
  { host, url: given }: PlanetscaleOptions,
  url: UrlParts,
  problems: ConnectorProblem[],
): string {
  const origin = host === undefined ? url.base : originOf(host);
  if (origin === undefined && (host !== undefined || given === undefined)) {
    const value = host === undefined ? "none" : "something else";
    problems.push({ path: "host", value, allowed: "a name like aws.connect.psdb.cloud, or a URL" });
  }
  return `${origin ?? "https://invalid"}/psdb.v1alpha1.Database/`;
}

/** A host alone: with a scheme, a path or a user in it, it would lead somewhere else than it seems to. */
function originOf(host: string): string | undefined {
  try {
    const url = new URL(`https://${host}`);
    const isAlone = url.pathname === "/" && url.username === "" && url.search === "" &&
      url.hash === "";
    return isAlone && !/[/@?#\s]/.test(host) ? url.origin : undefined;
  } catch {
    return undefined;
  }
}

/** Drops what has a wrong name or a wrong type, and says so. */
function keepUsable(given: PlanetscaleOptions, problems: ConnectorProblem[]): PlanetscaleOptions {
  const entries = Object.entries(given).filter(([name, value]: [string, unknown]) => {
    if (value === undefined) return false;
    const allowed = Object.hasOwn(NAMES, name)
      ? NAMES[name as keyof PlanetscaleOptions]
      : undefined;
    if (allowed === undefined) {
      const names = `one of ${Object.keys(NAMES).join(", ")}`;
      problems.push({ path: name, value: "an unknown option", allowed: names });
      return false;
    }
    if (typeof value === allowed) return true;
    problems.push({ path: name, value: kindOf(value), allowed: `a ${allowed}` });
    return false;
  });
  // Every entry was checked against the names and types above.
  return Object.fromEntries(entries) as PlanetscaleOptions;
}

/** `btoa` takes bytes only, and a password may hold any letter (RFC 7617: UTF-8). */
function base64(text: string): string {
  return btoa(
    Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(""),
  );
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

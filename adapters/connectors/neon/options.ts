/**
 * The connector's options, and what is wrong with them.
 *
 * @module
 */

import type { ConnectorProblem } from "../../../src/ports.ts";
import { type Kinds, readGiven } from "../pg-server/given.ts";
import { readUrl, type UrlParts } from "./url.ts";

/** A password, or how to get one: asked anew for every statement or transaction, under the connect's deadline. */
export type Password = string | (() => string | Promise<string>);

/** As much of a WebSocket's constructor as is used: the global one, or `WebSocket` of the package `ws`. */
export type WebSocketClass = new (url: string) => WebSocketLike;

/** As much of a WebSocket as is used. */
export interface WebSocketLike {
  binaryType: string;
  addEventListener(type: string, listener: (event: object) => void): void;
  send(bytes: Uint8Array<ArrayBuffer>): void;
  close(): void;
}

/** How to send one request: the global `fetch`, or one of the caller's. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** How to reach one Neon endpoint. What is written here is stronger than what the URL says. */
export interface NeonOptions {
  /**
   * As Neon's console shows it: `postgres://user:password@ep-name.region.aws.neon.tech/database`. Understood
   * after the `?`: `application_name` and `options`; `sslmode` and its like have no effect, for everything
   * goes through TLS.
   */
  readonly url: string;
  /** Instead of the URL's. */
  readonly password?: Password;
  /**
   * A JWT of a provider that Neon trusts, or how to get one: asked anew for every statement. Statements and batches
   * then need no password; a transaction still does.
   */
  readonly authToken?: Password;
  /**
   * Where statements go. Needed for a host that is not Neon's.
   * @default {"https://api.<the host without its first label>/sql"}, and `apiauth.` with `authToken`
   */
  readonly sqlUrl?: string;
  /**
   * Where transactions go: a secure WebSocket, or one in the clear to this machine. With this option
   * `?address=host:port` is appended, as Neon's `wsproxy` wants it. @default {"wss://<host>/v2"}
   */
  readonly webSocketUrl?: string;
  /**
   * The database sleeps while nobody uses it, and is paid for while it is awake: it is not looked at by the
   * clock then, and has longer to answer. `false` for a compute that never suspends. @default {true}
   */
  readonly scalesToZero?: boolean;
  /** @default {"holdfast"} */
  readonly applicationName?: string;
  /** @default the global one */
  readonly fetch?: Fetch;
  /** Needed on Node before 22: `WebSocket` of the package `ws`. @default the global one */
  readonly webSocket?: WebSocketClass;
}

/** The options in the shape the connector works with. */
export interface Target {
  readonly host: string;
  readonly port: number | undefined;
  readonly database: string;
  readonly user: string;
  readonly password: Password | undefined;
  readonly authToken: Password | undefined;
  readonly options: string | undefined;
  readonly applicationName: string;
  readonly sqlUrl: string;
  readonly webSocketUrl: string;
  readonly scalesToZero: boolean;
  readonly fetch: Fetch | undefined;
  readonly webSocket: WebSocketClass | undefined;
}

const KINDS: Kinds<NeonOptions> = {
  url: "string",
  password: ["string", "function"],
  authToken: ["string", "function"],
  sqlUrl: "string",
  webSocketUrl: "string",
  scalesToZero: "boolean",
  applicationName: "string",
  fetch: "function",
  webSocket: "function",
};

/** Reads options without ever throwing: what is wrong is listed. */
export function readOptions(
  given: string | NeonOptions,
): { readonly target: Target; readonly problems: readonly ConnectorProblem[] } {
  const problems: ConnectorProblem[] = [];
  const options = readGiven<NeonOptions>(given, KINDS, problems);
  if (options.url === undefined && problems.length === 0) {
    problems.push({ path: "url", value: "missing", allowed: "the endpoint's connection string" });
  }
  const url = options.url === undefined ? {} : readUrl(options.url, problems);
  return { target: targetOf(options, url, problems), problems };
}

/** Of another host nobody knows what `api.` beside it is: the password would go there. */
const NEON = /\.neon\.(?:tech|build)$/i;

function targetOf(
  options: Partial<NeonOptions>,
  url: UrlParts,
  problems: ConnectorProblem[],
): Target {
  const { host = "" } = url;
  const hasUrl = problems.length === 0 || host !== "";
  const missing = [
    ["host", host],
    ["user", url.user ?? ""],
  ].flatMap(([part, value]) => hasUrl && value === "" ? [part] : []);
  if (missing.length > 0) {
    const allowed = "a URL with a host and a user";
    problems.push({ path: "url", value: `no ${missing.join(" and no ")}`, allowed });
  }
  if (host !== "" && options.sqlUrl === undefined && !NEON.test(host)) {
    const allowed = "a host of Neon's (….neon.tech), or sqlUrl beside it";
    problems.push({ path: "url", value: "a host that is not Neon's", allowed });
  }
  const user = url.user ?? "";
  const base = {
    host,
    port: url.port,
    database: url.database ?? user,
    user,
    password: options.password ?? url.password,
    authToken: options.authToken,
    options: url.options,
    applicationName: options.applicationName ?? url.applicationName ?? "holdfast",
    scalesToZero: options.scalesToZero ?? true,
    fetch: options.fetch,
    webSocket: options.webSocket,
  };
  checkPlace("sqlUrl", options.sqlUrl, ["https:", "http:"], problems);
  checkPlace("webSocketUrl", options.webSocketUrl, ["wss:", "ws:"], problems);
  return {
    ...base,
    sqlUrl: options.sqlUrl ??
      `https://${
        host.replace(/^[^.]+\./, options.authToken === undefined ? "api." : "apiauth.")
      }/sql`,
    webSocketUrl: options.webSocketUrl === undefined
      ? `wss://${host}/v2`
      : withAddress(options.webSocketUrl, `${host}:${url.port ?? 5432}`),
  };
}

function checkPlace(
  path: "sqlUrl" | "webSocketUrl",
  text: string | undefined,
  [secure, clear]: readonly [string, string],
  problems: ConnectorProblem[],
): void {
  if (text === undefined) return;
  const allowed = `a ${secure}// URL, or ${clear}// to this machine`;
  const refuse = (value: string): void => void problems.push({ path, value, allowed });
  if (!URL.canParse(text)) return refuse("a text that does not parse");
  const url = new URL(text);
  if (url.protocol === secure) return;
  if (url.protocol !== clear) return refuse("a URL of another kind");
  // The password goes along with every request.
  if (!isLoopback(url.hostname)) refuse("a URL in the clear to another machine");
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost") || host === "[::1]" ||
    /^127\.\d+\.\d+\.\d+$/.test(host);
}

function withAddress(text: string, address: string): string {
  if (!URL.canParse(text)) return text;
  const url = new URL(text);
  url.searchParams.set("address", address);
  return url.href;
}

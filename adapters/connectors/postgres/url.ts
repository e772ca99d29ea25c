/**
 * Reads a connection URL. Nothing of it ever appears in a problem's text: a password may stand
 * anywhere in a URL that does not parse.
 *
 * @module
 */

import type { ConnectorProblem } from "../../../src/ports.ts";
import { decoded, parseUrl } from "../pg-server/given.ts";
import { isTlsMode, TLS_MODES, type TlsMode } from "./tls.ts";

/** What a URL may say. */
export interface UrlParts {
  host?: string;
  port?: number;
  database?: string;
  user?: string;
  password?: string;
  tls?: TlsMode;
  tlsNegotiation?: "postgres" | "direct";
  applicationName?: string;
  options?: string;
}

const ALLOWED = "a URL like postgres://user:password@host:5432/database";

/** Names that may be shown: those below, libpq's others, and those other libraries' URLs often have. */
const COMMON: ReadonlySet<string> = new Set([
  ..."sslmode sslnegotiation sslrootcert channel_binding application_name options host".split(" "),
  ..."sslcert sslkey sslpassword sslcrl ssl port user password dbname target_session_attrs".split(
    " ",
  ),
  ..."keepalives load_balance_hosts gssencmode client_encoding search_path".split(" "),
  ..."statement_timeout schema pgbouncer connection_limit pool_timeout max prepare".split(" "),
]);

/** Reads what can be read and adds to `problems` what cannot. */
export function readUrl(text: string, problems: ConnectorProblem[]): UrlParts {
  const url = parseUrl(text, ALLOWED, problems);
  if (url === undefined) return {};
  const parts: UrlParts = {};
  const host = decoded(url.hostname.replace(/^\[(.*)\]$/, "$1"), problems);
  const database = decoded(url.pathname.slice(1), problems);
  const user = decoded(url.username, problems);
  const password = decoded(url.password, problems);
  if (host !== "") parts.host = host;
  if (url.port !== "") parts.port = Number(url.port);
  if (database !== "") parts.database = database;
  if (user !== "") parts.user = user;
  if (password !== "") parts.password = password;
  for (const [name, value] of url.searchParams) readParameter(name, value, parts, problems);
  // Both ask for proof of who answers, whatever the order of the parameters.
  const isProofAsked = url.searchParams.get("channel_binding") === "require" ||
    url.searchParams.get("sslrootcert") === "system";
  if (isProofAsked) parts.tls = "verify-full";
  return parts;
}

function readParameter(
  name: string,
  value: string,
  parts: UrlParts,
  problems: ConnectorProblem[],
): void {
  const refuse = (said: string, allowed: string): void => {
    // An unescaped question mark in a password makes a parameter's name of its rest.
    const path = COMMON.has(name) ? `url?${name}` : "url?…";
    problems.push({ path, value: said, allowed });
  };
  switch (name) {
    case "sslmode":
      if (isTlsMode(value)) parts.tls = value;
      // libpq's `allow` begins in the clear; nothing here does so unless told to.
      else refuse("another word", TLS_MODES.join(", "));
      return;
    case "sslnegotiation":
      if (value === "postgres" || value === "direct") parts.tlsNegotiation = value;
      else refuse("another word", "postgres, direct");
      return;
    case "sslrootcert":
      if (value !== "system") refuse("a file", "system; otherwise the option tls: { ca }");
      return;
    case "channel_binding":
      if (!["disable", "prefer", "require"].includes(value)) {
        refuse("another word", "disable, prefer, require");
      }
      return;
    case "application_name":
      parts.applicationName = value;
      return;
    case "options":
      parts.options = value;
      return;
    case "host":
      parts.host = value;
      return;
    case "connect_timeout":
      return;
    default:
      refuse(
        "an unknown parameter",
        "sslmode, sslnegotiation, sslrootcert, channel_binding, application_name, options, host; " +
          "run-time settings belong into the option connection",
      );
  }
}

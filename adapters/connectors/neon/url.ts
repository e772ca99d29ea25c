/**
 * Reads a Neon connection string. Nothing of it ever appears in a problem's text: a password may stand
 * anywhere in a URL that does not parse.
 *
 * @module
 */

import type { ConnectorProblem } from "../../../src/ports.ts";
import { decoded, parseUrl } from "../pg-server/given.ts";

/** What a URL may say. */
export interface UrlParts {
  readonly host?: string;
  readonly port?: number;
  readonly database?: string;
  readonly user?: string;
  readonly password?: string;
  readonly applicationName?: string;
  readonly options?: string;
}

const ALLOWED = "a URL like postgres://user:password@ep-name.region.aws.neon.tech/database";

/**
 * Parameters of Neon's own URLs that say nothing here: HTTPS and secure WebSockets are TLS already, and the
 * time limits are holdfast's.
 */
const SILENT: ReadonlySet<string> = new Set([
  "sslmode",
  "sslnegotiation",
  "sslrootcert",
  "channel_binding",
  "connect_timeout",
]);

/** Reads what can be read and adds to `problems` what cannot. */
export function readUrl(text: string, problems: ConnectorProblem[]): UrlParts {
  const url = parseUrl(text, ALLOWED, problems);
  if (url === undefined) return {};
  let applicationName: string | undefined;
  let options: string | undefined;
  for (const [name, value] of url.searchParams) {
    if (name === "application_name") applicationName = value;
    else if (name === "options") options = value;
    else if (!SILENT.has(name)) {
      // Its name is not shown: an unescaped question mark in a password makes a name of its rest.
      const allowed = `application_name, options, ${[...SILENT].join(", ")}`;
      problems.push({ path: "url?…", value: "an unknown parameter", allowed });
    }
  }
  const parts = {
    host: url.hostname,
    port: url.port === "" ? undefined : Number(url.port),
    database: decoded(url.pathname.slice(1), problems),
    user: decoded(url.username, problems),
    password: decoded(url.password, problems),
    applicationName,
    options,
  };
  const given = Object.entries(parts).filter(([, value]) => value !== "" && value !== undefined);
  return Object.fromEntries(given) as UrlParts;
}

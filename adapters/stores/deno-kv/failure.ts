/**
 * What Deno KV's errors mean. It has no error codes: name and message are all there is to go by (Deno 2.9). Neither
 * is passed on: an address, an access token or a password may be in them.
 *
 * @module
 */

import { StoreError } from "../../../src/errors.ts";

/** After a refusal for want of room or right to ask: ours, as long as a trial may take. */
const OVERLOADED_RETRY_MS = 10_000;

const CLOSED = /bad resource|already closed|database is closed/i;
const LOCKED = /database (?:file )?is (?:locked|busy)/i;

interface Meaning {
  readonly sign: RegExp;
  readonly says: string;
  readonly overloaded?: boolean;
}

/** The first that fits counts. What they look at is `name: message`. */
const MEANINGS: readonly Meaning[] = [
  {
    sign: /openKv is not (?:a function|available|defined)/i,
    says: "This Deno has no `Deno.openKv`: run it with `--unstable-kv`, or write " +
      '`"unstable": ["kv"]` into deno.json.',
  },
  {
    sign: /^(?:NotCapable|PermissionDenied)\b/,
    says:
      "Deno may not touch the database: a file needs `--allow-read` and `--allow-write` for its " +
      "path, a remote one `--allow-net` for its host and `--allow-env=DENO_KV_ACCESS_TOKEN`.",
  },
  {
    sign: CLOSED,
    says:
      "The database was closed. Close it after the holdfast, or give `kv: () => Deno.openKv()`, " +
      "which is opened again.",
  },
  {
    sign: /too large/i,
    says:
      "What is to be kept exceeds Deno KV's limit (64 KiB a value, 2 KiB a key). Fewer endpoints, or " +
      "shorter ids, take less.",
  },
  {
    sign: LOCKED,
    says: "The database's file is in use by too many at once.",
    overloaded: true,
  },
  {
    sign: /quota|exceeded|too many|rate limit|overload|\b(?:429|503)\b/i,
    says: "The database has had enough for now: a quota is used up, or too many ask at once.",
    overloaded: true,
  },
  {
    sign: /writes? (?:is |are )?disabled/i,
    says: "The database takes no writes: give one that does.",
  },
  {
    sign: /access token|unauthori[sz]ed|authenticat|forbidden|\b40[13]\b/i,
    says:
      "The remote database did not let this process in: is `DENO_KV_ACCESS_TOKEN` set, and valid?",
  },
  {
    sign: /not found|\b404\b/i,
    says: "There is no such database: is the id in its address right?",
  },
  {
    sign: /unable to open|disk i\/o|not a database|malformed|disk is full|read-?only/i,
    says:
      "The database's file cannot be used: does its folder exist, may it be written, and is it a database?",
  },
  {
    sign: /fetch|dns|connect|network|unreachable|no route|timed? ?out|reset|refused|\b50[024]\b/i,
    says: "The remote database was not reached, or had a failure of its own: is its address right?",
  },
];

/** What is said of all others. */
const UNKNOWN =
  "What Deno said is not repeated, as a password may be in it: `Deno.openKv` with the " +
  "same path, and a `get`, in a program of its own shows it.";

/** The error to reject with, in our words only. `doing`: what was to be done, as `to read the belief`. */
export function storeError(doing: string, thrown: unknown): StoreError {
  if (thrown instanceof StoreError) return thrown;
  const text = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : "";
  const { says, overloaded } = MEANINGS.find(({ sign }) => sign.test(text)) ?? { says: UNKNOWN };
  return new StoreError(
    `The deno-kv store failed ${doing}. ${says} Nothing is shared until it is back.`,
    overloaded === true ? { overloaded: true, retryAfterMs: OVERLOADED_RETRY_MS } : {},
  );
}

/** Whether the same database will answer no more. */
export function isClosed(thrown: unknown): boolean {
  return thrown instanceof Error && CLOSED.test(thrown.message);
}

/** Whether another process writes to the file just now: then nothing was done. */
export function isLocked(thrown: unknown): boolean {
  return thrown instanceof Error && LOCKED.test(thrown.message);
}

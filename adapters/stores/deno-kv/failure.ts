/**
 * What Deno KV's errors mean. It has no error codes: name and message are all there is to go by (Deno 2.9).
 *
 * @module
 */

import { StoreError } from "../../../src/errors.ts";

/** Longer messages of others are cut. */
const MAX_QUOTED_LENGTH = 200;
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
];

/**
 * The error to reject with. `doing`: what was to be done, as `to read the belief`. The cause does not come along:
 * a remote database's address may be in it.
 */
export function storeError(doing: string, thrown: unknown): StoreError {
  if (thrown instanceof StoreError) return thrown;
  const text = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : "no error was given";
  const meaning = MEANINGS.find(({ sign }) => sign.test(text));
  const says = meaning === undefined ? "" : ` ${meaning.says}`;
  return new StoreError(
    `The deno-kv store failed ${doing} (${
      quoted(text)
    }).${says} Nothing is shared until it is back.`,
    meaning?.overloaded === true ? { overloaded: true, retryAfterMs: OVERLOADED_RETRY_MS } : {},
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

function quoted(text: string): string {
  const plain = text.replaceAll(/\b[a-z][a-z+.-]*:\/\/\S+/gi, "(an address)");
  return plain.length > MAX_QUOTED_LENGTH ? `${plain.slice(0, MAX_QUOTED_LENGTH)}…` : plain;
}

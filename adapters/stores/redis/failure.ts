/**
 * What a client's error means. Its text is not passed on: `@upstash/redis` puts the whole command into it, and
 * `ioredis` hangs the password on the error of a login that failed.
 *
 * @module
 */

import { StoreError } from "../../../src/errors.ts";

/** The server's own word at the start of its message: `OOM command not …`. */
const OWN_WORD = /^(?:[A-Za-z]*Error: )?([A-Z]{2,20})(?: |$)/;
/** Those that are words of the server's, beside the ones there is advice for: any other may be a part of anything. */
const MORE_WORDS: ReadonlySet<string> = new Set([
  "ASK",
  "CLUSTERDOWN",
  "ERR",
  "EXECABORT",
  "MASTERDOWN",
  "MISCONF",
  "MOVED",
  "NOREPLICAS",
  "NOSCRIPT",
  "TRYAGAIN",
]);
/** The client's code: Node's and Bun's. */
const CODE = /^(?:E[A-Z]{2,20}|(?:ERR|NR)_[A-Z_]{1,60})$/;
/** Too much to do: full, starting, running somebody's script, too many connections, over Upstash's plan. */
const OVERLOADED =
  /^(?:OOM|LOADING|BUSY)\b|max(?:imum)? (?:number of clients|requests|concurrent|daily)|rate.?limit|too many requests|\b429\b/i;

const UNKNOWN_COMMAND = /^(?:[A-Za-z]*Error: )?ERR unknown command/;

const ADVICE: Readonly<Record<string, string>> = {
  OOM: "it is out of memory, and writes nothing until there is some",
  LOADING: "it is still starting",
  BUSY: "somebody's script keeps it busy",
  READONLY: "it is a read-only replica: connect to the primary",
  WRONGTYPE: "the key holds something else: give the store a `key` of its own",
  NOAUTH: "it wants a password",
  WRONGPASS: "it refused the login",
  NOPERM: "this user may not run EVAL, or not on these keys: allow it EVAL and the store's keys",
  CROSSSLOT: "the `key` must not hold several hash tags",
  ECONNREFUSED: "nobody listens there",
  ENOTFOUND: "there is no such host",
};

/** The error to tell of. */
export function storeErrorOf(thrown: unknown): StoreError {
  const { message, codes } = readError(thrown);
  const word = wordOf(message);
  const code = word !== undefined && word !== "ERR" ? word : codes[0] ?? word;
  const overloaded = OVERLOADED.test(message);
  const says = code === undefined ? undefined : ADVICE[code];
  const because = says ??
    (overloaded
      ? "it has too much to do, or its plan allows no more"
      : UNKNOWN_COMMAND.test(message)
      ? "it does not know EVAL"
      : undefined);
  const reason = [code, because].filter((part) => part !== undefined).join(": ");
  return new StoreError(
    `The redis store was not reached, or refused${reason === "" ? "" : ` (${reason})`}. ` +
      "Nothing is shared until it is back.",
    { overloaded },
  );
}

function wordOf(message: string): string | undefined {
  const [, word = ""] = OWN_WORD.exec(message) ?? [];
  return Object.hasOwn(ADVICE, word) || MORE_WORDS.has(word) ? word : undefined;
}

/** The answer is none of the script's. */
export function strangeAnswer(): StoreError {
  return new StoreError(
    "The redis store's client gave an answer that the script does not give: is it made with the `via…` " +
      "function of that client?",
  );
}

function readError(thrown: unknown): { message: string; codes: readonly string[] } {
  if (typeof thrown !== "object" || thrown === null) return { message: String(thrown), codes: [] };
  const message = "message" in thrown && typeof thrown.message === "string" ? thrown.message : "";
  const inner = "cause" in thrown ? [thrown.cause] : [];
  const codes = [thrown, ...inner].flatMap((one) => {
    if (typeof one !== "object" || one === null || !("code" in one)) return [];
    return typeof one.code === "string" && CODE.test(one.code) ? [one.code] : [];
  });
  return { message, codes };
}

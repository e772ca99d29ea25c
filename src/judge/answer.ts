/**
 * Answers that are not quite successes.
 *
 * @module
 */

import type { Answer } from "../model/result.ts";
import type { Outcome } from "../model/outcome.ts";

const UNREPLICATED: Outcome = { kind: "unreplicated", scope: "statement", executed: "yes" };

/** PostgreSQL's generic warning, and its "terminating connection": the codes the notice comes with. */
const CODES: ReadonlySet<string> = new Set(["01000", "57P01"]);

/**
 * Judges what an answer's warning does to its success; `undefined` when nothing.
 *
 * PostgreSQL answers a COMMIT whose wait for a synchronous replica was cancelled with success and a
 * mere notice (`WARNING 01000 canceling wait for synchronous replication due to user request`,
 * `reference/postgres.md` 3): the row is on the primary and perhaps nowhere else.
 */
export function judgeAnswer(answer: Pick<Answer, "warning">): Outcome | undefined {
  const { warning } = answer;
  if (warning === undefined || !CODES.has(warning.code)) return undefined;
  // The message follows the server's `lc_messages`, the routine's name does not. A text that comes
  // from `RAISE WARNING` has another routine and may say whatever it likes.
  const isSyncWait = warning.routine === undefined
    ? /wait for synchronous replication/i.test(warning.message)
    : warning.routine === "SyncRepWaitForLSN";
  return isSyncWait ? UNREPLICATED : undefined;
}

/**
 * The one notice that changes what success means.
 *
 * @module
 */

import type { ServerWarning } from "../../../src/model/result.ts";
import type { ServerFields } from "./fields.ts";

/**
 * A commit whose wait for a synchronous replica was given up is acknowledged with nothing but a
 * notice: `WARNING 01000 canceling wait for synchronous replication due to user request`, raised by
 * `SyncRepWaitForLSN` (PostgreSQL 18, `src/backend/replication/syncrep.c`; reproduced, see
 * `reference/postgres.md` 3). The routine's name does not follow `lc_messages`; where a proxy has
 * stripped it, the English message is all there is.
 */
export function syncWaitWarning(notice: ServerFields): ServerWarning | undefined {
  const { code = "", message = "", routine } = notice;
  const given = routine === undefined
    ? code === "01000" && /wait for synchronous replication/i.test(message)
    : routine === "SyncRepWaitForLSN";
  if (!given) return undefined;
  return { code, message, ...(routine === undefined ? {} : { routine }) };
}

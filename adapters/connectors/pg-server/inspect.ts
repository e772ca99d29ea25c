/**
 * Who the database is, by its own account.
 *
 * @module
 */

import { Failure } from "../../../src/model/failure.ts";
import type { Answer } from "../../../src/model/result.ts";
import type { RoleReport } from "../../../src/ports.ts";
import { type Ask, firstRow } from "./ask.ts";

/**
 * The role and, on a primary, its timeline: the first eight digits of the current WAL file's name
 * (right after a promotion `pg_control_checkpoint()` still tells the old one, `reference/postgres.md`
 * 2). The guard keeps a standby from being asked for what it refuses to tell. What calls `random()` no cache on
 * the way answers (Hyperdrive keeps reads for a minute).
 */
const ROLE_AND_TIMELINE = `select pg_is_in_recovery() as recovering,
  case when pg_is_in_recovery() then null
  else ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int end as timeline,
  random() as uncached`;

/** For who may not call the functions above, or has a server without them. */
const ROLE_ONLY =
  "select pg_is_in_recovery() as recovering, null::int as timeline, random() as uncached";

/** The refusals after which only the role is asked for: no permission, no such function, not now. */
const NO_TIMELINE: ReadonlySet<string> = new Set(["42501", "42883", "0A000", "55000"]);

/** Asks one server who it is, and remembers what it does not tell. */
export class Inspection {
  readonly #ask: Ask;
  #canTellTimeline = true;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  async report(): Promise<RoleReport> {
    if (this.#canTellTimeline) {
      try {
        return roleReport(await this.#ask(ROLE_AND_TIMELINE, true));
      } catch (error) {
        if (!(error instanceof Failure) || !NO_TIMELINE.has(error.code ?? "")) throw error;
        this.#canTellTimeline = false;
      }
    }
    return roleReport(await this.#ask(ROLE_ONLY, true));
  }
}

function roleReport(answer: Answer): RoleReport {
  const [recovering, told] = firstRow(answer);
  const role = recovering === true ? "replica" : "primary";
  const timeline = Number(told ?? Number.NaN);
  return role === "primary" && Number.isInteger(timeline)
    ? { role, generation: timeline }
    : { role };
}

/**
 * What a connection asks its database on its own account. Vitess answers not every variable and statement, and a
 * user may not ask for all: what was refused once is not asked again, and never makes an endpoint look down.
 *
 * @module
 */

import { Failure } from "../../../src/model/failure.ts";
import type { Answer, Row } from "../../../src/model/result.ts";
import type { RoleReport, Vitals } from "../../../src/ports.ts";

/** Runs a statement without parameters. Rejects with a `Failure`. */
export type Ask = (text: string) => Promise<Answer>;

const READ_ONLY = "select @@global.read_only as read_only";
const ALIVE = "select 1 as alive";

/** Vitess's own account, one row per tablet; MySQL 8.0.22 and MariaDB 10.5; and those before. */
const LAGS = [
  "show vitess_replication_status",
  "show replica status",
  "show slave status",
] as const;
/** As these call it, in seconds; NULL where replication does not run. */
const LAG_COLUMNS = ["ReplicationLag", "Seconds_Behind_Source", "Seconds_Behind_Master"] as const;

/** The questions to one endpoint; the connector keeps what was learned. */
export class Questions {
  readonly #isReplica: boolean;
  #tellsReadOnly = true;
  /** What it told last. */
  #wasReadOnly: boolean | undefined;
  #lagQuestions: readonly string[] = LAGS;

  /** @param isReplica whether the endpoint was made to be one, by `target` */
  constructor(isReplica: boolean) {
    this.#isReplica = isReplica;
  }

  /**
   * `read_only` is what a MySQL primary is told apart by. Where it is never told, the endpoint counts as a primary
   * unless `target` says otherwise; what `target` leads to is a replica in any case, whoever answers there.
   */
  async role(ask: Ask): Promise<RoleReport> {
    const isReadOnly = await this.#isReadOnly(ask);
    return { role: this.#isReplica || isReadOnly ? "replica" : "primary" };
  }

  /** Whether a write would pass. */
  async writable(ask: Ask): Promise<boolean> {
    return !(await this.#isReadOnly(ask)) && !this.#isReplica;
  }

  /**
   * A replica's lag, in whole seconds as MySQL counts them. Connections are left out: those of the MySQL behind
   * say nothing about the pools of Vitess before it, which are what runs out.
   */
  async vitals(ask: Ask): Promise<Vitals> {
    if ((await this.role(ask)).role === "primary") return {};
    for (const question of this.#lagQuestions) {
      const answer = await this.#askIfTold(ask, question);
      if (answer === undefined) {
        this.#lagQuestions = this.#lagQuestions.filter((other) => other !== question);
        continue;
      }
      const seconds = lagOf(answer.rows);
      return seconds === undefined ? {} : { lagMs: seconds * 1_000 };
    }
    return {};
  }

  async #isReadOnly(ask: Ask): Promise<boolean> {
    if (this.#tellsReadOnly) {
      const answer = await this.#askIfTold(ask, READ_ONLY);
      const told = answer?.rows[0]?.["read_only"];
      if (told !== undefined && told !== null) return this.#wasReadOnly = isOn(told);
      // Who has told it before is in trouble, not unwilling: a replica must not pass for a primary for that.
      this.#tellsReadOnly = this.#wasReadOnly !== undefined;
    }
    await ask(ALIVE);
    return this.#wasReadOnly ?? false;
  }

  /** `undefined` when the database answers that it will not tell. */
  async #askIfTold(ask: Ask, text: string): Promise<Answer | undefined> {
    try {
      return await ask(text);
    } catch (error) {
      if (error instanceof Failure && isRefusal(error)) return undefined;
      throw error;
    }
  }
}

/**
 * Refused with these: access denied, a privilege is missing, no such variable, no such table, syntax, not
 * supported; and Vitess's own words for the same.
 */
const REFUSALS: ReadonlySet<string> = new Set(
  ("1044 1045 1142 1143 1193 1227 1235 1238 1105 1146 1064 1047 " +
    "PERMISSION_DENIED UNIMPLEMENTED INVALID_ARGUMENT NOT_FOUND FAILED_PRECONDITION").split(" "),
);

function isRefusal({ origin, phase, code, connection }: Failure): boolean {
  return origin === "server" && phase !== "connecting" && connection === "usable" &&
    code !== undefined && REFUSALS.has(code);
}

function isOn(value: unknown): boolean {
  return /^(?:[1-9]\d*|on|no_lock.*)$/i.test(String(value));
}

/** Of several tablets the one that is furthest behind: any of them may answer. */
function lagOf(rows: readonly Row[]): number | undefined {
  const told = rows.flatMap((row) => LAG_COLUMNS.map((column) => row[column]))
    .filter((value) => value !== undefined && value !== null && value !== "")
    .map(Number).filter((seconds) => seconds >= 0);
  return told.length === 0 ? undefined : Math.max(...told);
}

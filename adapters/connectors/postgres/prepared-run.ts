/**
 * The run of a prepared statement the fast way: see `plan.ts`.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import type { Failure, FailurePhase } from "../../../src/model/failure.ts";
import type { Answer, Row } from "../../../src/model/result.ts";
import { answerOf } from "../pg-server/answer.ts";
import type { Exchange, Line, Settle } from "./exchange.ts";
import { clientFailure, lineFailure, serverFailure } from "../pg-server/failure.ts";
import type { ServerFields } from "../pg-server/fields.ts";
import { FRAME, IDLE } from "./frames.ts";
import type { Parsers } from "../pg-server/arrays.ts";
import { readColumns } from "./parse.ts";
import { decode, type Plan, type PlanColumn } from "./plan.ts";

/**
 * The server's routines that say a prepared statement is no longer what it was: dropped (a proxy gave
 * us another session), or made before the table changed. They speak before anything ran; postgres.js
 * prepares anew on the same three.
 */
const STALE: ReadonlySet<string> = new Set([
  "FetchPreparedStatement",
  "RevalidateCachedQuery",
  "transformAssignedExpr",
]);

/** The run prepares the statement as well, by what another connection was told of its parameters. */
export interface Preparing {
  readonly parsers: Parsers;
  /** Hears of the statement as it is described here. */
  readonly learn: (plan: Plan) => void;
}

/** What may follow. */
export interface Sequel {
  /** Runs the statement again from scratch, with a new plan. */
  readonly again: (settle: Settle) => void;
  readonly preparing: Preparing | undefined;
}

/** One run of a prepared statement. */
export class PreparedRun implements Exchange {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (failure: Failure) => void;
  readonly #line: Line;
  readonly #again: Sequel["again"];
  readonly #preparing: Preparing | undefined;
  #plan: Plan;
  #bound = false;
  readonly #rows: Row[] = [];
  #tag: string | undefined;
  #error: ServerFields | undefined;

  constructor(line: Line, plan: Plan, settle: Settle, { again, preparing }: Sequel) {
    this.resolve = settle.resolve;
    this.reject = settle.reject;
    this.#line = line;
    this.#plan = plan;
    this.#again = again;
    this.#preparing = preparing;
  }

  get phase(): FailurePhase {
    const answering = this.#rows.length > 0 || this.#tag !== undefined ||
      this.#error !== undefined;
    return answering ? "answering" : "sent";
  }

  frame(bytes: Buffer, at: number, end: number): void {
    switch (bytes[at] ?? 0) {
      case FRAME.dataRow:
        return this.#row(bytes, at);
      case FRAME.commandComplete:
        this.#tag = bytes.toString("latin1", at + 5, end - 1);
        return;
      case FRAME.readyForQuery:
        return this.#ready(bytes[at + 5]);
      case FRAME.bindComplete:
        this.#bound = true;
        return;
      case FRAME.parseComplete:
      case FRAME.parameterDescription:
        return;
      case FRAME.noData:
        return this.#describe([]);
      case FRAME.rowDescription:
        return this.#describe(readColumns(bytes, at, this.#preparing?.parsers ?? {}));
      case FRAME.emptyQuery:
        this.#tag = "";
        return;
      default:
        this.#line.die(lineFailure("PROTOCOL", this.phase));
    }
  }

  refused(fields: ServerFields): void {
    this.#error = fields;
  }

  batch(): void {}

  /** The columns may be others than they were on another connection. */
  #describe(columns: readonly PlanColumn[]): void {
    const fields = columns.map(({ name, type }) => ({ name, type }));
    this.#plan = { ...this.#plan, columns, fields };
  }

  #row(bytes: Buffer, at: number): void {
    let row: Row | undefined;
    try {
      row = decode(this.#plan, bytes, at);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return this.#line.die(clientFailure(message, undefined, "answering", "broken"));
    }
    if (row === undefined) this.#line.die(lineFailure("PROTOCOL", "answering"));
    else this.#rows.push(row);
  }

  #ready(status: number | undefined): void {
    const warning = this.#line.finish();
    const error = this.#error;
    if (error === undefined) {
      this.#preparing?.learn(this.#plan);
      const { fields } = this.#plan;
      this.resolve(answerOf({ rows: this.#rows, fields, tag: this.#tag ?? "", warning }));
    } else if (status === IDLE && this.#isStale(error)) {
      // Inside a transaction the error has already undone it, and a second try would only hide why.
      this.#again(this);
    } else {
      this.reject(serverFailure(error, "answering"));
    }
  }

  #isStale({ routine = "" }: ServerFields): boolean {
    // Refused before anything ran: what was known of its parameters may be outdated.
    return STALE.has(routine) || (this.#preparing !== undefined && !this.#bound);
  }
}

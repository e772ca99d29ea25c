/**
 * The run of a statement by postgres.js. It is over when both have come: postgres.js's word, and the
 * server's "ready", without which the next statement would read the rest of this one's answer.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import type { Failure, FailurePhase } from "../../../src/model/failure.ts";
import type { Answer, Field, Row } from "../../../src/model/result.ts";
import { answerOf } from "../pg-server/answer.ts";
import { trueName } from "./column-name.ts";
import type { DriverResult } from "./driver.ts";
import type { Exchange, Line, Settle } from "./exchange.ts";
import { clientFailure, driverFailure } from "../pg-server/failure.ts";
import { FRAME } from "./frames.ts";
import type { PlanColumn } from "./plan.ts";

/** What the run needs of postgres.js. */
export interface Delivery {
  deliver(bytes: Buffer): void;
}

/** What there is to know about the run. */
export interface Manner {
  /** A simple query message: it may hold several statements, and each describes its own columns. */
  readonly simple: boolean;
  /** Hears of the statement as postgres.js describes it. */
  readonly learn: (result: DriverResult, columns: readonly PlanColumn[]) => void;
}

/** One run by postgres.js. */
export class DriverRun implements Exchange {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (failure: Failure) => void;
  readonly #line: Line;
  readonly #driver: Delivery;
  readonly #manner: Manner;
  #answering = false;
  #ready = false;
  #result: DriverResult | undefined;
  #failure: Failure | undefined;
  /** Of the last statement: postgres.js mixes up those of a script (it keeps the first count and rows). */
  #tag = "";
  #hasColumns = false;
  #described = false;

  constructor(line: Line, driver: Delivery, settle: Settle, manner: Manner) {
    this.resolve = settle.resolve;
    this.reject = settle.reject;
    this.#line = line;
    this.#driver = driver;
    this.#manner = manner;
  }

  get phase(): FailurePhase {
    return this.#answering ? "answering" : "sent";
  }

  /** Takes postgres.js's promise for the statement. It never settles when the line dies before. */
  follow(promise: Promise<DriverResult>): void {
    promise.then((result) => {
      this.#result = result;
      this.#settle();
    }, (error: unknown) => {
      this.#failure = driverFailure(error, this.#answering);
      this.#settle();
    });
  }

  frame(bytes: Buffer, at: number, end: number): void {
    switch (bytes[at] ?? 0) {
      case FRAME.dataRow:
        this.#answering = true;
        return;
      case FRAME.rowDescription:
        this.#described = true;
        return;
      case FRAME.commandComplete:
        this.#answering = true;
        this.#tag = bytes.toString("latin1", at + 5, end - 1);
        this.#hasColumns = this.#described;
        this.#described = false;
        return;
      case FRAME.emptyQuery:
        this.#answering = true;
        return;
      case FRAME.readyForQuery:
        this.#ready = true;
        return;
      case FRAME.copyIn:
      case FRAME.copyOut:
      case FRAME.copyBoth:
        // Nothing of it has run: the copy is undone with the connection.
        this.#line.die(
          clientFailure(
            "COPY from or to the client is not possible in a query",
            "COPY_UNSUPPORTED",
            "sent",
            "broken",
          ),
        );
        return;
      default:
    }
  }

  refused(): void {
    this.#answering = true;
  }

  batch(bytes: Buffer): void {
    this.#driver.deliver(bytes);
    this.#settle();
  }

  #settle(): void {
    const failure = this.#failure;
    if (failure?.connection === "broken") return this.#line.die(failure);
    if (!this.#ready || (failure === undefined && this.#result === undefined)) return;
    const warning = this.#line.finish();
    if (failure !== undefined) return this.reject(failure);
    const result = lastOf(this.#result ?? []);
    const columns = columnsOf(result.statement?.columns);
    if (columns !== undefined) this.#manner.learn(result, columns);
    // A prepared statement that runs again is not described again.
    const hasColumns = this.#hasColumns || !this.#manner.simple;
    this.resolve(answerOf({
      rows: hasColumns ? rowsOf(result) : [],
      fields: hasColumns ? fieldsOf(columns ?? []) : [],
      tag: this.#tag,
      warning,
    }));
  }
}

/**
 * The rows alone, of postgres.js's own class of array. It counts on where the answer before was cut off by an
 * error, and leaves as many holes in front.
 */
function rowsOf(result: DriverResult): Row[] {
  return Array.from(result.filter(() => true)) as Row[];
}

/** The columns' names and types alone. */
function fieldsOf(columns: readonly PlanColumn[]): Field[] {
  return columns.map(({ name, type }) => ({ name, type }));
}

/** A script's result is an array of results, which (unlike a result) knows no command. */
function lastOf(result: DriverResult): DriverResult {
  if ("command" in result) return result;
  const last: unknown = result[result.length - 1];
  return Array.isArray(last) ? last as DriverResult : result;
}

/** What is not described the way 3.4.9 does it gives no plan. */
function columnsOf(columns: unknown): readonly PlanColumn[] | undefined {
  if (!Array.isArray(columns) || !columns.every(isColumn)) return undefined;
  return columns.map(({ name, type, parser }) => ({ name: trueName(name), type, parser }));
}

function isColumn(column: unknown): column is PlanColumn {
  return typeof column === "object" && column !== null &&
    "name" in column && typeof column.name === "string" &&
    "type" in column && typeof column.type === "number" &&
    (!("parser" in column) || column.parser === undefined || typeof column.parser === "function");
}

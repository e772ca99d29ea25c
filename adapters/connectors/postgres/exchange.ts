/**
 * One statement on its way: sent, being answered, settled. There are two kinds, `prepared-run.ts`
 * and `driver-run.ts`; the connection gives each frame to whichever is under way.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import type { Failure, FailurePhase } from "../../../src/model/failure.ts";
import type { Answer, ServerWarning } from "../../../src/model/result.ts";
import type { ServerFields } from "../pg-server/fields.ts";

/** How the caller is told; exactly one of the two is called, once. */
export interface Settle {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (failure: Failure) => void;
}

/** A statement under way. */
export interface Exchange extends Settle {
  /** How far it has come. */
  readonly phase: FailurePhase;
  /** One message of its answer. */
  frame(bytes: Buffer, at: number, end: number): void;
  /** The server's ERROR; ends the statement, not the connection. */
  refused(fields: ServerFields): void;
  /** All the messages that came together, after each was told. */
  batch(bytes: Buffer): void;
}

/** What an exchange may do to the connection it runs on. */
export interface Line {
  /** Takes the exchange off the line, which is free from then on; gives the warning that came by. */
  finish(): ServerWarning | undefined;
  /** The line is of no use any more; rejects the exchange under way. */
  die(failure: Failure): void;
}

/** A lender over one scripted endpoint in virtual time. */

import type { ScriptedConnector } from "../../adapters/connectors/scripted/mod.ts";
import type { Borrower } from "../../src/drive/borrow.ts";
import { Lender } from "../../src/drive/lender.ts";
import { Failure } from "../../src/model/failure.ts";
import type { RunOptions } from "../../src/ports.ts";
import { VirtualClock } from "../virtual.ts";
import { LIMITS } from "./pool-bench.ts";
import { server } from "./stage.ts";

export const PREPARE: RunOptions = { prepare: true };

/** The lender, and a way to wait for what it gives. */
export class Stage {
  readonly clock: VirtualClock = new VirtualClock();
  readonly endpoint: ScriptedConnector = server(this.clock, "primary");
  readonly lender: Lender;

  constructor(max = 2) {
    this.lender = new Lender(this.endpoint, {
      clock: this.clock,
      offset: 0.5,
      limits: { ...LIMITS, max },
      acquireTimeoutMs: 200,
      idleTransactionMs: 1_000,
      own: { writingFunctions: [], readingFunctions: [] },
    });
  }

  /** What it comes to once so much time has passed. */
  async after<T>(ms: number, work: Promise<T>): Promise<T> {
    const noted = work.then((value) => () => value, (error: Error) => (): T => {
      throw error;
    });
    await this.clock.advance(ms);
    return (await noted)();
  }

  run(borrower: Borrower, text: string): Promise<unknown> {
    return this.after(20, borrower.run(text, [], PREPARE));
  }

  /** Begins a statement that is never answered. */
  hang(borrower: Borrower): Promise<Failure> {
    this.endpoint.answer = () => "silence";
    const failed = borrower.run("select 1", [], PREPARE).then(
      () =>
        new Failure({ origin: "client", phase: "sent", message: "answered", connection: "usable" }),
      (failure: Failure) => failure,
    );
    return failed;
  }
}

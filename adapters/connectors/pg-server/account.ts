/**
 * What a connection asks its server on its own account: who it is, how it does, whether it could write.
 *
 * @module
 */

import type { RoleReport, Vitals } from "../../../src/ports.ts";
import { Inspection } from "./inspect.ts";
import type { Lags } from "./lag.ts";
import { Measure } from "./measure.ts";
import { Rehearsal, type Stage } from "./rehearse.ts";

/** The questions to one server, each with what it learned that the server does not answer. */
export class Account {
  readonly #inspection: Inspection;
  readonly #measure: Measure;
  readonly #rehearsal: Rehearsal;

  constructor(stage: Stage, lags: Lags) {
    this.#inspection = new Inspection(stage.ask);
    this.#measure = new Measure(stage.ask, lags);
    this.#rehearsal = new Rehearsal(stage);
  }

  inspect(): Promise<RoleReport> {
    return this.#inspection.report();
  }

  measure(): Promise<Vitals> {
    return this.#measure.take();
  }

  async rehearse(): Promise<{ readonly writable: boolean }> {
    return { writable: await this.#rehearsal.play() };
  }
}

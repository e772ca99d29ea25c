/**
 * What the parts of a run share.
 */

import type { Random } from "../../../src/ports.ts";
import type { Agenda } from "./agenda.ts";
import type { Ledger } from "./ledger.ts";
import type { Plan } from "./plan.ts";
import type { Truth } from "./truth.ts";
import type { Watch } from "./watch.ts";

export interface World {
  readonly plan: Plan;
  readonly agenda: Agenda;
  readonly random: Random;
  readonly truth: Truth;
  /** What is counted, and what must hold. */
  readonly ledger: Ledger;
  readonly watch: Watch;
}

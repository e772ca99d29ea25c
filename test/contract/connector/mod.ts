/**
 * What the core relies on in every connector (`src/ports.ts`), as cases that need no test framework: they run
 * wherever a connector does. `in-vitest.ts` makes tests of them.
 */

import { batches } from "./batches.ts";
import type { ConnectorCase } from "./case.ts";
import { counts } from "./counts.ts";
import { errors } from "./errors.ts";
import { line } from "./line.ts";
import { lost } from "./lost.ts";
import { cancelling, transactions } from "./transactions.ts";
import { unfit } from "./unfit.ts";
import { values } from "./values.ts";

export type { ConnectorCase, ConnectorGround } from "./case.ts";

/** The cases that also a connector without a database keeps. */
export function lineContract(): readonly ConnectorCase[] {
  return line;
}

/** All cases, each under a name of its own. */
export function connectorContract(): readonly ConnectorCase[] {
  return [
    ...line,
    ...values,
    ...unfit,
    ...errors,
    ...counts,
    ...transactions,
    ...cancelling,
    ...lost,
    ...batches,
  ];
}

/** All rows, in the order they are told. */

import type { Fault } from "../fault.ts";
import { blackHole } from "./black-hole.ts";
import { garbage } from "./garbage.ts";
import { halfAnswer } from "./half-answer.ts";
import { lostAnswer } from "./lost-answer.ts";
import { nobodyListens } from "./nobody-listens.ts";
import { overloadedFront } from "./overloaded-front.ts";
import { readOnly } from "./read-only.ts";
import { refusedLogin } from "./refused-login.ts";
import { rowLocked } from "./row-locked.ts";
import { serverRestarts } from "./server-restarts.ts";
import { statementTimeout } from "./statement-timeout.ts";
import { syntaxError } from "./syntax-error.ts";
import { tooManyConnections } from "./too-many-connections.ts";
import { uniqueViolation } from "./unique-violation.ts";
import { unknownHost } from "./unknown-host.ts";

export const FAULTS: readonly Fault[] = [
  nobodyListens,
  unknownHost,
  refusedLogin,
  tooManyConnections,
  lostAnswer,
  halfAnswer,
  blackHole,
  serverRestarts,
  overloadedFront,
  garbage,
  readOnly,
  rowLocked,
  statementTimeout,
  uniqueViolation,
  syntaxError,
];

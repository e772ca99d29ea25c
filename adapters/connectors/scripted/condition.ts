/**
 * What a scripted endpoint can be like, and how it refuses.
 *
 * @module
 */

import { Failure } from "../../../src/model/failure.ts";

/** How a scripted endpoint behaves. */
export type Condition =
  /** Answers. */
  | "up"
  /** Refuses every connect at once, as a machine without a server does. */
  | "refusing"
  /** Refuses every login with `loginRefusal`; whoever is in goes on. */
  | "refusingLogins"
  /** Accepts and closes at the first word, as a proxy does that has lost its server. */
  | "hangingUp"
  /** Accepts and never answers, as a frozen server does. */
  | "silent";

/** A connect that the network ended. */
export function connectFailure(code: string): Failure {
  return new Failure({
    origin: "network",
    phase: "connecting",
    code,
    message: `connect ${code}`,
    connection: "broken",
  });
}

/** The refusal of a login by a server that starts: the first of `loginRefusal`. */
export function startingUp(): Failure {
  return loginFailure("57P03", "the database system is starting up");
}

/** The refusal of one connection more than a server takes. */
export function tooManyClients(): Failure {
  return loginFailure("53300", "sorry, too many clients already");
}

function loginFailure(code: string, message: string): Failure {
  return new Failure({
    origin: "server",
    phase: "connecting",
    code,
    message,
    connection: "broken",
    report: { severity: "FATAL" },
  });
}

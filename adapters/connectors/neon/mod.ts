/**
 * `holdfast/neon`: PostgreSQL at Neon, wherever there is `fetch`: statements by HTTP, transactions over a
 * WebSocket.
 *
 * ```ts
 * import { createHoldfast } from "holdfast";
 * import { neon } from "holdfast/neon";
 *
 * const db = createHoldfast({
 *   endpoints: [
 *     { id: "main", connector: neon("postgres://app@ep-main.eu-central-1.aws.neon.tech/shop") },
 *     { id: "copy", connector: neon("postgres://app@ep-copy.eu-central-1.aws.neon.tech/shop") },
 *   ],
 * });
 * ```
 *
 * A single statement is one request: it opens no connection, holds none, and lets a compute fall asleep. What
 * needs a session, a transaction or a script of several statements, opens a WebSocket of its own and closes it
 * when it is over; that takes the package `@neondatabase/serverless`.
 *
 * Neon decides of what type a parameter is after it was sent as text. So an array is written as PostgreSQL's, and
 * a text for a `json` column is JSON already: `JSON.stringify` an array or a text that is meant as JSON.
 *
 * @module
 */

import type {
  Connection,
  ConnectOptions,
  Connector,
  ConnectorProblem,
} from "../../../src/ports.ts";
import { Cancels } from "../pg-server/cancelling.ts";
import { lineFailure, socketFailure } from "../pg-server/failure.ts";
import { refusing } from "../pg-server/given.ts";
import { Lags } from "../pg-server/lag.ts";
import { Limit } from "../pg-server/limit.ts";
import { NeonConnection } from "./connection.ts";
import { type NeonOptions, type Password, readOptions, type Target } from "./options.ts";

export type { Fetch, NeonOptions, Password, WebSocketClass, WebSocketLike } from "./options.ts";

/** A connector to one Neon endpoint. */
export interface NeonConnector extends Connector {
  readonly name: "neon";
  readonly dialect: "postgres";
  readonly transport: "http";
  readonly transactions: true;
  readonly problems: readonly ConnectorProblem[];
  readonly scalesToZero: boolean;
  renew(): NeonConnector;
}

/**
 * Makes a connector. It opens nothing and never throws: what is wrong with the options is listed in
 * `problems`, and `connect` rejects because of it.
 */
export function neon(options: string | NeonOptions): NeonConnector {
  const { target, problems } = readOptions(options);
  return connectorTo(target, problems);
}

function connectorTo(target: Target, problems: readonly ConnectorProblem[]): NeonConnector {
  return {
    name: "neon",
    dialect: "postgres",
    transport: "http",
    transactions: true,
    batches: true,
    problems,
    scalesToZero: target.scalesToZero,
    // What a connector remembers (cancels under way, lags) is made in `opener`.
    renew: () => connectorTo(target, problems),
    connect: problems.length > 0 ? refusing("neon", problems) : opener(target),
  };
}

type Connect = (options: ConnectOptions) => Promise<Connection>;

/** Nothing is sent yet: what there is to connect to is found out by the first statement. */
function opener(target: Target): Connect {
  const cancels = new Cancels();
  const lags = new Lags();
  return async (options) => {
    if (options.signal?.aborted === true) throw lineFailure("ABORT_ERR", "connecting");
    const [password, authToken] = await Promise.all([
      secretOf(target.password, options),
      secretOf(target.authToken, options),
    ]);
    return new NeonConnection({ target, secrets: { password, authToken }, options, cancels, lags });
  };
}

async function secretOf(
  secret: Password | undefined,
  options: ConnectOptions,
): Promise<string | undefined> {
  if (typeof secret !== "function") return secret;
  const limit = new Limit(options);
  try {
    return await limit.race(Promise.resolve().then(secret));
  } catch (error) {
    throw socketFailure(error, "connecting");
  } finally {
    limit.stop();
  }
}

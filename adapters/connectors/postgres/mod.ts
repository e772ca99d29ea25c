/**
 * `holdfast/postgres`: PostgreSQL over postgres.js, without what postgres.js does when servers die.
 *
 * ```ts
 * import { createHoldfast } from "holdfast";
 * import { postgres } from "holdfast/postgres";
 *
 * const db = createHoldfast({
 *   endpoints: [
 *     { id: "main", connector: postgres("postgres://app@db-1.example/shop") },
 *     { id: "copy", connector: postgres("postgres://app@db-2.example/shop") },
 *   ],
 * });
 * ```
 *
 * @module
 */

import type {
  Connection,
  ConnectOptions,
  Connector,
  ConnectorProblem,
} from "../../../src/ports.ts";
import { arrayTypes, parameterText, type TypeEntry } from "../pg-server/arrays.ts";
import { Canceller } from "./cancel.ts";
import { PostgresConnection } from "./connection.ts";
import { Descriptions } from "./descriptions.ts";
import { typeTables } from "./driver.ts";
import { socketFailure } from "../pg-server/failure.ts";
import { refusing } from "../pg-server/given.ts";
import { Lags } from "../pg-server/lag.ts";
import { atBinding } from "./hyperdrive.ts";
import { Limit } from "../pg-server/limit.ts";
import { type PostgresOptions, readOptions, type Target } from "./options.ts";
import { openSocket } from "./socket.ts";

export type { HyperdriveBinding } from "./hyperdrive.ts";
export type { Password, PostgresNotice, PostgresOptions } from "./options.ts";
export type { TlsMode } from "./tls.ts";

/** A connector to one PostgreSQL server. */
export interface PostgresConnector extends Connector {
  readonly name: "postgres";
  readonly dialect: "postgres";
  readonly transport: "socket";
  readonly transactions: true;
  readonly problems: readonly ConnectorProblem[];
  readonly scalesToZero: boolean;
  renew(): PostgresConnector;
}

/**
 * Makes a connector. It opens nothing and never throws: what is wrong with the options is listed in
 * `problems`, and `connect` rejects because of it.
 */
export function postgres(options: string | PostgresOptions): PostgresConnector {
  const { target, problems } = readOptions(options);
  return connectorTo(target, problems);
}

function connectorTo(target: Target, problems: readonly ConnectorProblem[]): PostgresConnector {
  return {
    name: "postgres",
    dialect: "postgres",
    transport: "socket",
    transactions: true,
    problems,
    scalesToZero: target.scalesToZero,
    // What a connector remembers (cancels under way, lags, the tables of types) is made in `opener`.
    renew: () => connectorTo(target, problems),
    connect: problems.length > 0 ? refusing("postgres", problems) : opener(target),
  };
}

type Connect = (options: ConnectOptions) => Promise<Connection>;

function opener(target: Target): Connect {
  const canceller = new Canceller(target.address);
  const lags = new Lags();
  // How a type of the caller's is written nobody knows.
  const isPlain = Object.keys(target.types).length === 0;
  const descriptions = isPlain ? new Descriptions() : undefined;
  let complete: Target | undefined;
  return async (options) => {
    complete ??= withTypes(target);
    const limit = new Limit(options);
    let connection: PostgresConnection | undefined;
    try {
      const there = atBinding(complete);
      const password = await limit.race(passwordOf(there));
      const socket = await openSocket(there.address, limit);
      const opened = new PostgresConnection({
        target: there,
        socket,
        password,
        // A pooler's session is not the server's: nobody knows whose statement its key would stop.
        cancel: (key) => {
          if (there.hyperdrive === undefined) canceller.cancel(key, options.waitUntil);
        },
        lags,
        descriptions,
      });
      connection = opened;
      limit.whenUp((failure) => opened.die(failure));
      await connection.login();
      return connection;
    } catch (error) {
      connection?.destroy();
      throw socketFailure(error, "connecting");
    } finally {
      limit.stop();
    }
  };
}

async function passwordOf({ password }: Target): Promise<string | undefined> {
  // Asked here and not by postgres.js: a rejection in there would end the process.
  return typeof password === "function" ? await password() : password;
}

/** postgres.js would write an object as "[object Object]". */
const TEXT: TypeEntry = { to: 25, from: [], serialize: parameterText, parse: String };

/** postgres.js writes whatever is not `true` as false, also "true" and 1; the server knows what they mean. */
const BOOL: TypeEntry = {
  to: 16,
  from: [16],
  serialize: (value) => value === true ? "t" : value === false ? "f" : parameterText(value),
  parse: (text) => text === "t",
};

function withTypes(target: Target): Target {
  // Entries of the caller come last: they may know a type better.
  const types = { bool16: BOOL, text25: TEXT, ...target.types };
  const { parsers = {}, serializers = {} } = typeTables(types);
  return { ...target, types: { ...arrayTypes(parsers, serializers), ...types } };
}

/**
 * `holdfast/planetscale`: PlanetScale (MySQL, Vitess) over its HTTP API, the one that `@planetscale/database`
 * speaks: by `fetch` alone, so in Workers, on Vercel's edge, in Deno, Bun and Node.
 *
 * ```ts
 * import { createHoldfast } from "holdfast";
 * import { planetscale } from "holdfast/planetscale";
 *
 * const url = "mysql://user:password@aws.connect.psdb.cloud/shop";
 * const db = createHoldfast({
 *   endpoints: [
 *     { id: "primary", role: "primary", connector: planetscale(url) },
 *     { id: "replica", role: "replica", connector: planetscale({ url, target: "replica" }) },
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
import { PlanetscaleConnection } from "./connection.ts";
import { clientFailure, lineFailure } from "./failure.ts";
import { type PlanetscaleOptions, readOptions, type Target } from "./options.ts";
import { Questions } from "./questions.ts";
import { Sessions } from "./sessions.ts";

export type { PlanetscaleFetch, PlanetscaleOptions } from "./options.ts";
export { castValue } from "./values.ts";
export type { PlanetscaleCast, PlanetscaleField } from "./values.ts";

/** A connector to one PlanetScale branch, or to its replicas. */
export interface PlanetscaleConnector extends Connector {
  readonly name: "planetscale";
  readonly dialect: "mysql";
  readonly transport: "http";
  readonly transactions: true;
  readonly problems: readonly ConnectorProblem[];
  readonly scalesToZero: false;
  renew(): PlanetscaleConnector;
}

/**
 * Makes a connector. It sends nothing and never throws: what is wrong with the options is listed in `problems`,
 * and `connect` rejects because of it.
 */
export function planetscale(options: string | PlanetscaleOptions): PlanetscaleConnector {
  const { target, problems } = readOptions(options);
  return connectorTo(target, problems);
}

function connectorTo(
  target: Target,
  problems: readonly ConnectorProblem[],
): PlanetscaleConnector {
  return {
    name: "planetscale",
    dialect: "mysql",
    transport: "http",
    transactions: true,
    problems,
    scalesToZero: false,
    // What a connector remembers (sessions, what is not told) is made in `opener`.
    renew: () => connectorTo(target, problems),
    connect: problems.length > 0 ? refuse(problems) : opener(target),
  };
}

type Connect = (options: ConnectOptions) => Promise<Connection>;

function refuse(problems: readonly ConnectorProblem[]): Connect {
  const paths = problems.map(({ path }) => path === "" ? "neither a URL nor an object" : path)
    .join(", ");
  const message = `The planetscale connector's options are not usable: ${paths}`;
  return () => Promise.reject(clientFailure(message, "OPTION", "broken"));
}

/** There is nothing to open: the first statement finds out whether anybody is there. */
function opener(target: Target): Connect {
  const sessions = new Sessions(() => performance.now());
  const questions = new Questions(target.isReplica);
  return ({ signal, waitUntil }) =>
    signal?.aborted === true
      ? Promise.reject(lineFailure("ABORT_ERR", "connecting"))
      : Promise.resolve(new PlanetscaleConnection({ target, sessions, questions, waitUntil }));
}

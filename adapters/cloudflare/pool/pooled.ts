/**
 * A connector whose connections live in Durable Objects, near the database: the Worker's side.
 *
 * @module
 */

import type { PoolStats } from "../../../src/lending.ts";
import type { Connection, Connector, ConnectorProblem } from "../../../src/ports.ts";
import type { LocationHint } from "../../stores/durable-object/mod.ts";
import { callFailure, poolFailure } from "./failure.ts";
import type { PoolNamespace, PoolStub } from "./namespace.ts";
import { PooledConnection } from "./pooled-connection.ts";
import { problemsOf } from "./problems.ts";
import { readOutcome } from "./wire.ts";

/** How a pooled connector is made. */
export interface PooledOptions {
  /** The binding of the class that extends `holdfast.pool(DurableObject)`, such as `env.POOL`. */
  readonly by: PoolNamespace;
  /** Over how many objects the connections are spread, 1 to 100. @default {1} */
  readonly shards?: number;
  /**
   * Most connections of each object, 2 to 6, one of them left to looks. Six is what the platform allows an
   * object; a cancel or a promotion needs one for a moment. @default {5}
   */
  readonly connections?: number;
  /** Where the objects are to live: near the database. Counts only when they are first made. @default {near the first call} */
  readonly locationHint?: LocationHint;
  /** The id of the endpoint it serves. @default {the one it is given to in `onCloudflare`'s options} */
  readonly endpoint?: string;
}

/** A connector through pool objects. */
export interface PooledConnector extends Connector {
  readonly name: "pooled";
  readonly problems: readonly ConnectorProblem[];
  /** What the objects connect with. */
  readonly lends: Connector;
  readonly connections: number;
  readonly endpoint: string | undefined;
  /** The same for an endpoint, unless it names one itself. */
  servedAs(endpoint: string): PooledConnector;
  /** The numbers of each object's pool just now. Rejects with a `Failure`. */
  stats(): Promise<readonly PoolStats[]>;
}

/** What the platform gives an object is six: one is left to have the server stop what is cut. */
export const DEFAULT_CONNECTIONS = 5;

/**
 * Wraps a connector of `holdfast/postgres`, so that Workers send their statements and transactions to Durable Objects
 * that hold the connections. An invocation then pays no connect and no TLS handshake.
 *
 * The objects connect with the credentials that the options give them in there: none travel. Holds plain data only,
 * so that it may live at module scope, and never throws: what is wrong is listed in `problems`.
 *
 * @example
 * ```ts
 * import { DurableObject } from "cloudflare:workers";
 * import { type OnCloudflare, onCloudflare, pooled } from "holdfast/cloudflare";
 * import { postgres } from "holdfast/postgres";
 *
 * const holdfast: OnCloudflare<Env> = onCloudflare((env) => ({
 *   endpoints: [
 *     { id: "main", connector: pooled(postgres(env.DATABASE_URL), { by: env.POOL, locationHint: "weur" }) },
 *   ],
 * }));
 *
 * export class HoldfastPool extends holdfast.pool(DurableObject) {}
 * ```
 */
export function pooled(connector: Connector, options: PooledOptions): PooledConnector {
  const problems = problemsOf(connector, options);
  const { by, shards = 1, connections = DEFAULT_CONNECTIONS, locationHint, endpoint } = options ??
    {};

  /** A stub belongs to its request: one for each use. */
  const stubOf = (id: string, shard: number): PoolStub => {
    return by.getByName(`holdfast-pool:${id}:${shard}`, {
      ...(locationHint === undefined ? {} : { locationHint }),
      // What may have run must not be sent again by anybody but the core.
      retry: { maxRetries: 0 },
    }) as PoolStub; // an RPC stub has every method
  };

  return {
    name: "pooled",
    dialect: connector?.dialect,
    transport: "http",
    transactions: true,
    problems,
    scalesToZero: connector?.scalesToZero ?? false,
    lends: connector,
    connections,
    endpoint,
    servedAs: (id) =>
      endpoint === undefined
        ? pooled(connector, { ...options, endpoint: id })
        : pooled(connector, options),
    async connect({ waitUntil, signal }): Promise<Connection> {
      if (signal?.aborted === true) {
        const message = "The caller's signal fired while connecting";
        throw poolFailure("ABORT_ERR", "connecting", { origin: "client", message });
      }
      const id = endpoint;
      if (problems.length > 0 || id === undefined) throw misconfigured(problems);
      const shard = Math.floor(Math.random() * shards);
      return new PooledConnection({ endpoint: id, stub: () => stubOf(id, shard), waitUntil });
    },
    async stats(): Promise<readonly PoolStats[]> {
      if (problems.length > 0 || endpoint === undefined) throw misconfigured(problems);
      const asked = Array.from({ length: shards }, async (_, shard) => {
        try {
          return readOutcome(await stubOf(endpoint, shard).stats(endpoint));
        } catch (thrown) {
          throw callFailure(thrown);
        }
      });
      return await Promise.all(asked);
    },
  };
}

function misconfigured(problems: readonly ConnectorProblem[]): Error {
  const [problem] = problems;
  return poolFailure("POOL_MISBOUND", "connecting", {
    message: problem === undefined
      ? "pooled() does not know its endpoint: it belongs into onCloudflare's options, or names one as `endpoint`"
      : `pooled() cannot be used: ${
        problem.path || "the connector"
      } is ${problem.value}, allowed is ${problem.allowed}`,
  });
}

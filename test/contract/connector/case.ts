/**
 * What the connector's contract is played on, and what a case of it is. Without a test framework and without a
 * value of `src/`, so that the same cases run on the built package in any place: Node, Deno, Bun, workerd, an edge
 * runtime.
 */

import type { Connection, Connector } from "../../../src/ports.ts";

/** What a connector is tried on. Its tables are the case's own: made and dropped by it, under names nobody else has. */
export interface ConnectorGround {
  /** To a primary that is up. */
  readonly connector: Connector;
  /** The same, to where nobody listens. */
  readonly refused: Connector;
  /** Ends the line under a connection from the other side. Absent: connections have no line that could end. */
  readonly hangUp?: (connection: Connection) => Promise<void>;
}

/** One case. Rejects when the connector does not keep the contract. */
export interface ConnectorCase {
  readonly name: string;
  /** Why it cannot be played with this connector; absent: it can. Told in the run's report. */
  readonly impossible?: (connector: Connector) => string | undefined;
  readonly run: (ground: ConnectorGround) => Promise<void>;
}

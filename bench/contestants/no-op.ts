/**
 * A database that does nothing, at once: what is measured over it is the cost of what stands before it.
 *
 * @module
 */

import type { Answer, Connection, Connector, RoleReport, Row } from "../../mod.ts";

/** A primary-key lookup, as in the throughput part. */
export const TEXT = "select abalance from accounts where aid = $1";

const ANSWER: Answer<never> = {
  rows: [{ abalance: 0 }] as never[],
  fields: [{ name: "abalance", type: 23 }],
  rowsAffected: 0,
};

class NoOpConnection implements Connection {
  readonly usable = true;
  readonly toldRole = "primary";
  onLost: (() => void) | undefined;

  // An async function because every driver's is one: the base has the price of its promise in it.
  async run<R = Row>(): Promise<Answer<R>> {
    return ANSWER;
  }

  async inspect(): Promise<RoleReport> {
    return { role: "primary" };
  }

  destroy(): void {}

  async close(): Promise<void> {}
}

/** One connection that answers at once. */
export function noOpConnection(): Connection {
  return new NoOpConnection();
}

/** A connector over such connections. */
export function noOpConnector(): Connector {
  return {
    name: "no-op",
    dialect: "postgres",
    transport: "socket",
    transactions: true,
    connect: async () => noOpConnection(),
  };
}

/**
 * The connector's contract, case by case, in any place.
 */

import type { Connection, Connector } from "../../src/ports.ts";
import { connectorContract, type ConnectorGround } from "../contract/connector/mod.ts";
import type { ContractTold, FaultOrder, Settings, Task } from "./words.ts";

const LIMIT = { timeoutMs: 10_000 };
const PREPARE = { prepare: true };

/** The fault by which a connector leads to where nobody is. */
const NOWHERE = "nobody listens";

/** Plays it on the task's primary. */
export async function keepContract(
  task: Task,
  connectorOf: (settings: Settings, order?: FaultOrder) => Connector,
): Promise<ContractTold> {
  const connector = connectorOf(task.primary);
  const nowhere = task.faults.find(({ name }) => name === NOWHERE);
  if (nowhere === undefined) throw new Error(`The task has no fault "${NOWHERE}"`);
  const ground: ConnectorGround = {
    connector,
    refused: connectorOf(nowhere.settings, nowhere),
    ...(connector.dialect === "postgres" ? { hangUp: hangUpBy(connector) } : {}),
  };
  const broken: Record<string, string> = {};
  let played = 0;
  for (const { name, impossible, run } of connectorContract()) {
    if (impossible?.(connector) !== undefined) continue;
    played++;
    await run(ground).catch((error: unknown) => void (broken[name] = String(error)));
  }
  return { played, broken };
}

/** By the server, which ends the session of a transaction: at Neon there is a line only then. */
function hangUpBy(connector: Connector): (connection: Connection) => Promise<void> {
  return async (connection) => {
    if (connection.inTransaction !== true) await connection.run("begin", [], PREPARE);
    const text = "select pg_backend_pid() as pid";
    const { rows: [row] } = await connection.run<{ pid: number }>(text, [], PREPARE);
    const other = await connector.connect(LIMIT);
    try {
      await other.run("select pg_terminate_backend($1)", [row?.pid], PREPARE);
    } finally {
      await other.close();
    }
  };
}

/**
 * Plays the faults on a connector, and tells what the package makes of each.
 */

import { judge } from "../../src/judge/judge.ts";
import { Failure } from "../../src/model/failure.ts";
import type { Connection, Connector } from "../../src/ports.ts";
import { ask } from "./path.ts";
import type { FaultOrder, Settings, Task } from "./words.ts";

/** Long enough on a busy machine; nothing is judged by how long it took. */
const LIMIT = { timeoutMs: 10_000 };
const SILENCE_MS = 700;

/** Kind, scope and executed by the fault's name. */
export async function strikeAll(
  task: Task,
  connectorOf: (settings: Settings, order: FaultOrder) => Connector,
): Promise<Record<string, string>> {
  const told: Record<string, string> = {};
  for (const order of task.faults) {
    const connector = connectorOf(order.settings, order);
    try {
      told[order.name] = await strike(task, order, connector);
    } finally {
      await ask(task, `end/${order.name}`);
    }
  }
  return told;
}

async function strike(task: Task, order: FaultOrder, connector: Connector): Promise<string> {
  const begin = (): Promise<void> => ask(task, `begin/${order.name}`);
  let connection: Connection | undefined;
  try {
    if (order.strikes === "connect") await begin();
    connection = await connector.connect(LIMIT);
    if (order.strikes === "statement") {
      await connection.run("select 1", [], { prepare: true });
      await begin();
    }
    const running = connection.run(order.text, [], { prepare: true });
    const cut = order.silent ? setTimeout(() => connection?.destroy(), SILENCE_MS) : undefined;
    await running.finally(() => clearTimeout(cut));
    return "no failure";
  } catch (error) {
    if (!(error instanceof Failure)) return `no Failure: ${String(error)}`;
    const { kind, scope, executed } = judge(error, connector.dialect);
    return `${kind} ${scope} ${executed}`;
  } finally {
    // What is silent has no goodbye to give.
    if (order.silent) connection?.destroy();
    else await connection?.close();
  }
}

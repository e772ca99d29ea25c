/**
 * A connection from its beginning to its end, and what can be asked of it. Apart from the endless statement these
 * cases say `select 1 as one` and `selec 1` alone, so that they fit a connector without a database.
 */

import type { Failure } from "../../../src/model/failure.ts";
import type { Answer } from "../../../src/model/result.ts";
import type { Connection, Connector } from "../../../src/ports.ts";
import { check, same } from "../check.ts";
import type { ConnectorCase } from "./case.ts";
import { failureOf, LIMIT, withConnection } from "./stage.ts";

const ONE = "select 1 as one";

function plain(answer: Answer): unknown[] {
  const { rows, rowsAffected, fields } = answer;
  return [rows.map((row) => Number(row["one"])), rowsAffected, fields.map(({ name }) => name)];
}

function isUnsent({ phase, connection }: Failure): void {
  same([phase, connection], ["connecting", "broken"], "the failure");
}

async function ended(promise: Promise<Connection>): Promise<Failure> {
  return await failureOf(promise.then((connection) => connection.close()));
}

const life: readonly ConnectorCase[] = [
  withConnection(
    "connection: it is usable, and answers the tenth time as the first",
    async (stage) => {
      const { connection, run } = stage;
      check(connection.usable, "it is usable");
      for (let i = 0; i < 10; i++) {
        same(
          plain(await run(ONE)),
          [[1], 0, ["one"]],
          `answer ${i + 1}`,
        );
      }
    },
  ),
  withConnection(
    "connection: a faulty statement is the server's failure and leaves it usable",
    async (stage) => {
      const { origin, connection, phase } = await failureOf(stage.run("selec 1"));
      same([origin, connection, phase], ["server", "usable", "answering"], "the failure");
      check(stage.connection.usable, "it is usable");
      same(plain(await stage.run(ONE))[0], [1], "the next answer");
    },
  ),
  withConnection("connection: destroy() ends what runs, as sent and broken", async (stage) => {
    const { connection, run, words } = stage;
    const running = failureOf(run(words.endless));
    connection.destroy();
    connection.destroy();
    const failure = await running;
    same(failure.connection, "broken", "the connection");
    check(failure.phase !== "connecting", "it counts as sent");
    check(!connection.usable, "it is not usable");
    isUnsent(await failureOf(run(ONE)));
    await connection.close();
  }),
  withConnection("connection: close() is no loss and may be called twice", async (stage) => {
    const { connection, run } = stage;
    let told = false;
    connection.onLost = () => {
      told = true;
    };
    await connection.close();
    await connection.close();
    same([told, connection.usable], [false, false], "what was told, and usable");
    isUnsent(await failureOf(run(ONE)));
  }),
  {
    name: "connect: where nobody listens, the failure is broken and unanswered",
    run: async ({ refused }): Promise<void> => {
      const { connection, origin, phase } = await failureOf(
        refused.connect(LIMIT).then((each) => each.run(ONE, [], { prepare: true })),
      );
      same([connection, origin], ["broken", "network"], "the failure");
      // Not every place's fetch tells a request that was never sent from one that got no answer.
      const isFetched = refused.transport === "http" && phase === "sent";
      check(phase === "connecting" || isFetched, `the phase is connecting, not ${phase}`);
    },
  },
  {
    name: "connect: a signal that has fired ends it before it begins",
    run: async ({ connector }): Promise<void> => {
      const signal = AbortSignal.abort();
      const { phase, connection } = await ended(connector.connect({ ...LIMIT, signal }));
      same([phase, connection], ["connecting", "broken"], "the failure");
    },
  },
  {
    name: "connect: a signal that fires meanwhile ends it, or comes too late",
    run: async ({ connector }): Promise<void> => {
      const controller = new AbortController();
      const { signal } = controller;
      const connecting = connector.connect({ ...LIMIT, signal });
      controller.abort();
      const come = await connecting.catch((error: unknown) => error as Failure);
      if (!("run" in come)) return isUnsent(come);
      same(
        plain(await come.run(ONE, [], { prepare: true }))[0],
        [1],
        "what it answers all the same",
      );
      await come.close();
    },
  },
];

const questions: readonly ConnectorCase[] = [
  withConnection("question: inspect() finds the primary, and toldRole agrees", async (stage) => {
    const { connection } = stage;
    same((await connection.inspect()).role, "primary", "the role");
    check(connection.toldRole === undefined || connection.toldRole === "primary", "what was told");
  }),
  withConnection(
    "question: rehearse() finds it writable and leaves no transaction",
    async (stage) => {
      const { connection } = stage;
      for (let i = 0; i < 2; i++) {
        const found = await connection.rehearse?.() ?? { writable: true };
        same(found, { writable: true }, "what it finds");
        check(connection.inTransaction !== true, "no transaction is open");
      }
      check(connection.usable, "it is usable");
    },
  ),
  withConnection(
    "question: measure() tells numbers in range, and no lag of a primary",
    async (stage) => {
      const { connection, run } = stage;
      if (connection.measure === undefined) return;
      const first = await connection.measure();
      check((first.connectionsUsed ?? 1) >= 1 && (first.connectionsMax ?? 1) >= 1, "there is one");
      same(first.lagMs, undefined, "the lag");
      const { position = 0n } = await connection.measure();
      check(position >= (first.position ?? 0n), "it only goes on");
      same(plain(await run(ONE))[0], [1], "the next answer");
    },
  ),
  withConnection("question: after the end they are refused unsent", async ({ connection }) => {
    connection.destroy();
    isUnsent(await failureOf(connection.inspect()));
    for (const asked of [connection.rehearse?.(), connection.measure?.()]) {
      if (asked !== undefined) isUnsent(await failureOf(asked));
    }
  }),
  {
    name: "renew() gives another connector of the same kind",
    impossible: (connector) =>
      connector.renew === undefined ? "there is nothing to renew" : undefined,
    run: async ({ connector }): Promise<void> => {
      const renewed = connector.renew?.();
      check(renewed !== undefined && renewed !== connector, "it is another");
      same(kindOf(renewed), kindOf(connector), "its kind");
      const connection = await renewed.connect(LIMIT);
      same(plain(await connection.run(ONE, [], { prepare: true }))[0], [1], "what it answers");
      await connection.close();
    },
  },
];

function kindOf(connector: Connector): unknown[] {
  const { name, dialect, transport, transactions, scalesToZero = false } = connector;
  return [name, dialect, transport, transactions, scalesToZero, typeof connector.renew];
}

/** What also a connector without a database keeps. */
export const line: readonly ConnectorCase[] = [...life, ...questions];

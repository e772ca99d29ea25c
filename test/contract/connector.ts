/**
 * What the core relies on in every connector (`src/ports.ts`), as tests that each adapter runs.
 */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Failure } from "../../src/model/failure.ts";
import type { Connection, Connector } from "../../src/ports.ts";

/** What a connector is tried on. */
export interface Ground {
  /** To a primary that is up. */
  readonly connector: Connector;
  /** To where nothing answers a connect but a refusal. */
  readonly refused: Connector;
  /** Answers one row `{ one: 1 }`. */
  readonly select: string;
  /** Changes two rows and returns none. */
  readonly command: string;
  /** Is the statement's own fault. */
  readonly faulty: string;
  /** Has no answer for longer than any test takes. */
  readonly endless: string;
  /** Ends the line from the other side, while nobody uses it. Absent: requests share no line. */
  readonly hangUp?: (connection: Connection) => unknown;
}

const LIMIT = { timeoutMs: 5_000 };
const PREPARE = { prepare: true };

/** The failure a promise rejects with. */
async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const thrown = await promise.then(() => "nothing", (error: unknown) => error);
  expect(thrown).toBeInstanceOf(Failure);
  return thrown as Failure;
}

/** Runs the contract. `prepare` makes the ground anew for each run of the suite. */
export function connectorContract(
  name: string,
  prepare: () => Promise<Ground>,
  cleanUp: () => Promise<void> = async () => {},
): void {
  describe(`${name} keeps the connector's contract`, () => {
    let ground: Ground;
    const open: Connection[] = [];
    beforeAll(async () => {
      ground = await prepare();
    });
    afterAll(async () => {
      await Promise.all(open.map((connection) => connection.close()));
      await cleanUp();
    });

    async function connect(): Promise<Connection> {
      const connection = await ground.connector.connect(LIMIT);
      open.push(connection);
      return connection;
    }

    test("connect() gives a usable connection that runs statements", async () => {
      const connection = await connect();
      expect(connection.usable).toBe(true);
      const answer = await connection.run(ground.select, [], PREPARE);
      expect(answer).toMatchObject({ rows: [{ one: 1 }], rowsAffected: 0 });
      expect(answer.fields.map((field) => field.name)).toEqual(["one"]);
    });

    test("run() gives the same answer the tenth time as the first", async () => {
      const connection = await connect();
      const first = await connection.run(ground.select, [], PREPARE);
      for (let i = 0; i < 9; i++) {
        expect(await connection.run(ground.select, [], PREPARE)).toEqual(first);
      }
    });

    test("run() counts the rows a command changes, and has no fields for it", async () => {
      const connection = await connect();
      const answer = await connection.run(ground.command, [], PREPARE);
      expect(answer).toMatchObject({ rows: [], fields: [], rowsAffected: 2 });
    });

    test("run() rejects a faulty statement with a Failure and stays usable", async () => {
      const connection = await connect();
      const failure = await failureOf(connection.run(ground.faulty, [], PREPARE));
      expect(failure).toMatchObject({ origin: "server", connection: "usable" });
      expect(connection.usable).toBe(true);
      await connection.run(ground.select, [], PREPARE);
    });

    test("inspect() finds the primary, and toldRole does not contradict it", async () => {
      const connection = await connect();
      expect(await connection.inspect()).toMatchObject({ role: "primary" });
      expect(["primary", undefined]).toContain(connection.toldRole);
    });

    test("rehearse(), where offered, finds the primary writable and leaves no transaction open", async () => {
      const connection = await connect();
      if (connection.rehearse === undefined) return;
      for (let i = 0; i < 2; i++) expect(await connection.rehearse()).toEqual({ writable: true });
      // In a transaction left open, the first change would hold up the second.
      await connection.run(ground.command, [], PREPARE);
      const answer = await (await connect()).run(ground.command, [], PREPARE);
      expect(answer.rowsAffected).toBe(2);
      expect(connection.usable).toBe(true);
    });

    test("measure(), where offered, tells numbers in range, and no lag of a primary", async () => {
      const connection = await connect();
      if (connection.measure === undefined) return;
      const first = await connection.measure();
      expect(first.connectionsUsed ?? 1).toBeGreaterThanOrEqual(1);
      expect(first.connectionsMax ?? 1).toBeGreaterThanOrEqual(1);
      expect(first.lagMs).toBe(undefined);
      await connection.run(ground.command, [], PREPARE);
      const { position = 0n } = await connection.measure();
      expect(position).toBeGreaterThanOrEqual(first.position ?? 0n);
      await connection.run(ground.select, [], PREPARE);
    });

    test("rehearse() and measure() after the end reject as run() does", async () => {
      const connection = await connect();
      connection.destroy();
      for (const question of [connection.rehearse?.(), connection.measure?.()]) {
        if (question === undefined) continue;
        expect(await failureOf(question)).toMatchObject({
          phase: "connecting",
          connection: "broken",
        });
      }
    });

    test("renew(), where offered, gives another connector of the same kind that connects", async () => {
      const { connector } = ground;
      const renewed = connector.renew?.();
      if (renewed === undefined) return;
      expect(renewed).not.toBe(connector);
      const { name, dialect, transport, transactions } = connector;
      expect(renewed).toMatchObject({ name, dialect, transport, transactions });
      expect(renewed.scalesToZero ?? false).toBe(connector.scalesToZero ?? false);
      const connection = await renewed.connect(LIMIT);
      open.push(connection);
      const answer = await connection.run(ground.select, [], PREPARE);
      expect(answer.rows).toEqual([{ one: 1 }]);
      expect(typeof renewed.renew).toBe("function");
    });

    test("destroy() rejects what runs, at once and as sent, and may be called again", async () => {
      const connection = await connect();
      const running = failureOf(connection.run(ground.endless, [], PREPARE));
      connection.destroy();
      connection.destroy();
      const failure = await running;
      expect(failure.connection).toBe("broken");
      expect(["sent", "answering"]).toContain(failure.phase);
      expect(connection.usable).toBe(false);
    });

    test("run() after the end rejects as certainly not sent", async () => {
      const connection = await connect();
      connection.destroy();
      const failure = await failureOf(connection.run(ground.select, [], PREPARE));
      expect(failure).toMatchObject({ phase: "connecting", connection: "broken" });
    });

    test("close() never rejects, not even twice or after destroy()", async () => {
      const connection = await connect();
      await connection.close();
      await connection.close();
      expect(connection.usable).toBe(false);
      const other = await connect();
      other.destroy();
      await other.close();
    });

    test("onLost is told when the line dies unused, and close() is no loss", async () => {
      if (ground.hangUp !== undefined) {
        const connection = await connect();
        const lost = new Promise<void>((resolve) => {
          connection.onLost = resolve;
        });
        await ground.hangUp(connection);
        await lost;
        expect(connection.usable).toBe(false);
      }

      const other = await connect();
      let told = false;
      other.onLost = () => {
        told = true;
      };
      await other.close();
      expect(told).toBe(false);
    });

    test("where nobody listens connect(), or without a line the first statement, rejects as broken", async () => {
      const { refused } = ground;
      const attempt = refused.connect(LIMIT).then((connection) => {
        open.push(connection);
        return connection.run(ground.select, [], PREPARE);
      });
      const failure = await failureOf(attempt);
      expect(failure.connection).toBe("broken");
      // Not every place's fetch tells a request that was never sent from one that got no answer.
      const phases = refused.transport === "http" ? ["connecting", "sent"] : ["connecting"];
      expect(phases).toContain(failure.phase);
    });

    test("connect() with a signal that fires gives up", async () => {
      const controller = new AbortController();
      const connecting = ground.connector.connect({ ...LIMIT, signal: controller.signal });
      controller.abort();
      // It may have been through already; then it is a connection like any other.
      const ended = await connecting.then((connection) => connection, (error: unknown) => error);
      const gaveUp = ended instanceof Failure;
      if (!gaveUp) open.push(ended as Connection);
      expect(gaveUp ? ended.phase : "connecting").toBe("connecting");
    });
  });
}

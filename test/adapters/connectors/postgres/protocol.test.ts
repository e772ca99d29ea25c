/** A server that behaves in ways no real one should, or that a real one cannot be made to. */

import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { postgres } from "../../../../adapters/connectors/postgres/mod.ts";
import type { Connection } from "../../../../src/ports.ts";
import { ending } from "./ending.ts";
import { closeAtOnce, type Gate, openGate, silence, type Treatment } from "./gate.ts";
import { EMPTY, frame, int, nul, report, WELCOME } from "./messages.ts";

const PREPARE = { prepare: true };
const SCRIPT = { prepare: false };

describe("connect()", () => {
  let gate: Gate | undefined;
  afterEach(() => gate?.[Symbol.asyncDispose]());

  async function connect(treatment: Treatment, timeoutMs = 10_000): Promise<Connection> {
    gate = await openGate(treatment);
    const url = gate.url.replace("postgres@", "postgres:secret@");
    return await postgres(url).connect({ timeoutMs });
  }

  /** Logs in, and gives each later message of the client to `answer`. */
  function serving(answer: (client: Socket, message: Buffer) => void): Treatment {
    return (client) => {
      client.once("data", () => {
        client.write(WELCOME);
        client.once("data", () => {
          client.write(EMPTY);
          client.on("data", (message) => answer(client, message));
        });
      });
    };
  }

  /** Answers the first message of the login. */
  function login(...answer: Buffer[]): Treatment {
    return (client) => void client.once("data", () => client.write(Buffer.concat(answer)));
  }

  test.each<[string, Treatment, string]>([
    ["closes at once", closeAtOnce, "CONNECTION_CLOSED"],
    ["resets", (client) => void client.once("data", () => client.resetAndDestroy()), "ECONNRESET"],
    [
      "asks for a login method nobody knows",
      login(frame("R", int(7))),
      "AUTH_TYPE_NOT_IMPLEMENTED",
    ],
    [
      "offers no SCRAM method we can do",
      login(frame("R", Buffer.concat([int(10), nul("SCRAM-SHA-256-PLUS"), nul("")]))),
      "AUTH_TYPE_NOT_IMPLEMENTED",
    ],
    [
      "asks for hashing without end",
      login(frame("R", Buffer.concat([int(11), Buffer.from("r=abc,s=AAAA,i=9999999")]))),
      "PROTOCOL",
    ],
    [
      "sends half a SCRAM message",
      login(frame("R", Buffer.concat([int(11), Buffer.from("r=")]))),
      "PROTOCOL",
    ],
    ["speaks another protocol", login(Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n")), "PROTOCOL"],
    [
      "refuses with an error that ends nothing",
      login(report("E", { S: "ERROR", C: "08P01", M: "unsupported startup parameter" })),
      "08P01",
    ],
  ])("connect() rejects when the server %s", async (_, treatment, code) => {
    await expect(connect(treatment)).rejects.toMatchObject({
      name: "Failure",
      phase: "connecting",
      code,
      connection: "broken",
    });
  });

  test("connect() ends with its time, and leaves no line behind", async () => {
    expect(await ending(connect(silence, 50))).toEqual({ error: "CONNECT_TIMEOUT" });
    const [client] = gate?.clients ?? [];
    if (client !== undefined && !client.destroyed) {
      client.resume();
      await new Promise((resolve) => client.once("close", resolve));
    }
    expect(client?.destroyed).toBe(true);
  });

  test("connect() with a signal that has fired opens nothing", async () => {
    gate = await openGate(silence);
    const signal = AbortSignal.abort();
    const aborted = postgres(gate.url).connect({ timeoutMs: 10_000, signal });
    await expect(aborted).rejects.toMatchObject({ origin: "client", code: "ABORT_ERR" });
    expect(gate.clients).toHaveLength(0);
  });

  test("connect() tells a name that does not resolve, and no server", async () => {
    const nowhere = postgres("postgres://host.invalid/db?sslmode=disable");
    await expect(nowhere.connect({ timeoutMs: 10_000 })).rejects.toMatchObject({
      origin: "network",
      phase: "connecting",
      code: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/),
    });
    gate = await openGate(silence);
    const { port } = gate;
    await gate[Symbol.asyncDispose]();
    const refused = postgres({ host: "127.0.0.1", port }).connect({ timeoutMs: 10_000 });
    await expect(refused).rejects.toMatchObject({ code: "ECONNREFUSED", phase: "connecting" });
  });

  test("run() is sent until the answer begins, and answering from then on", async () => {
    const row = frame("D", Buffer.concat([Buffer.from([0, 1]), int(1), Buffer.from("7")]));
    const column = Buffer.concat([nul("n"), int(0), Buffer.from([0, 0]), int(23), Buffer.alloc(8)]);
    const described = frame("T", Buffer.concat([Buffer.from([0, 1]), column]));
    for (
      const [answer, phase] of [[described, "sent"], [
        Buffer.concat([described, row]),
        "answering",
      ]] as const
    ) {
      const connection = await connect(serving((client) => client.end(answer)));
      await expect(connection.run("select 7 as n", [], SCRIPT)).rejects.toMatchObject({
        origin: "network",
        code: "CONNECTION_CLOSED",
        phase,
      });
      await gate?.[Symbol.asyncDispose]();
    }
  });

  test("run() is told the server's last word, also when it comes in pieces", async () => {
    const word = report("E", { S: "FATAL", V: "FATAL", C: "57P01", M: "terminating connection" });
    const connection = await connect(serving((client) => {
      client.write(word.subarray(0, 9), () => setImmediate(() => client.end(word.subarray(9))));
    }));
    await expect(connection.run("select 1", [], PREPARE)).rejects.toMatchObject({
      origin: "server",
      code: "57P01",
      connection: "broken",
      report: { severity: "FATAL" },
    });
  });

  test("run() is never given an answer that nobody asked for", async () => {
    let line: Socket | undefined;
    const connection = await connect((client, of) => {
      line = client;
      serving(() => {})(client, of);
    });
    const lost = new Promise<void>((resolve) => connection.onLost = resolve);
    line?.write(Buffer.concat([frame("C", nul("SELECT 1")), frame("Z", Buffer.from("I"))]));
    await lost;
    expect(connection.usable).toBe(false);
    expect(await ending(connection.run("select 1", [], PREPARE))).toEqual({ error: "PROTOCOL" });
  });

  test("toldRole follows what the server says while nobody asks", async () => {
    let line: Socket | undefined;
    let answered = (): void => {};
    const connection = await connect((client, of) => {
      line = client;
      serving(() => client.write(EMPTY, () => answered()))(client, of);
    });
    expect(connection.toldRole).toBeUndefined();
    for (const [value, role] of [["on", "replica"], ["off", "primary"]] as const) {
      line?.write(frame("S", Buffer.concat([nul("in_hot_standby"), nul(value)])));
      const again = new Promise<void>((resolve) => answered = resolve);
      await connection.run("", [], SCRIPT);
      await again;
      expect(connection.toldRole).toBe(role);
    }
  });

  test("close() does not wait for ever for the server's goodbye", async () => {
    const connection = await connect((client, of) => {
      // Never ends its side.
      client.allowHalfOpen = true;
      serving(() => {})(client, of);
    });
    expect(await ending(connection.close(), 10_000)).toEqual({ rows: undefined });
    expect(connection.usable).toBe(false);
  });

  test("destroy() while nobody uses it tells nobody", async () => {
    const connection = await connect(serving(() => {}));
    connection.onLost = () => expect.unreachable();
    connection.destroy();
    connection.destroy();
    await connection.close();
    expect(connection.usable).toBe(false);
    expect(gate?.clients).toHaveLength(1);
  });
});

import { describe, expect, test, vi } from "vitest";
import {
  Failure,
  scripted,
  type ScriptedConnector,
  type ScriptedOptions,
} from "../../../adapters/connectors/scripted/mod.ts";
import { VirtualClock } from "../../virtual.ts";

interface Stage {
  readonly clock: VirtualClock;
  readonly server: ScriptedConnector;
}

function stage(options: ScriptedOptions = {}): Stage {
  const clock = new VirtualClock();
  return { clock, server: scripted({ clock, latencyMs: 10, ...options }) };
}

const LIMIT = { timeoutMs: 500 };

/** When each of the statements, begun at once on a line each, is answered. */
async function answeredAt({ clock, server }: Stage, count: number): Promise<number[]> {
  const lines = await Promise.all(
    Array.from({ length: count }, () => clock.runUntil(server.connect())),
  );
  const begunAt = clock.now();
  const answers = lines.map((line) => line.run("x", []).then(() => clock.now() - begunAt));
  return clock.runUntil(Promise.all(answers));
}

describe("how a scripted endpoint does", () => {
  test("measure() tells what it was set to", async () => {
    const { server } = stage({ latencyMs: 0, role: "replica" });
    const line = await server.connect();
    expect(await line.measure()).toEqual({ connectionsUsed: 1, connectionsMax: 100, lagMs: 0 });
    Object.assign(server, { lagMs: 9_000, position: 7n, otherConnections: 40, maxConnections: 50 });
    expect(await line.measure()).toEqual({
      connectionsUsed: 41,
      connectionsMax: 50,
      lagMs: 9_000,
      position: 7n,
    });
  });

  test("measure() tells no lag of a primary, nor of who cannot tell", async () => {
    const { server } = stage({ latencyMs: 0 });
    const line = await server.connect();
    expect(await line.measure()).not.toHaveProperty("lagMs");
    Object.assign(server, { role: "replica", lagMs: undefined });
    expect(await line.measure()).not.toHaveProperty("lagMs");
  });

  test("rehearse() tells a primary from a replica and from one made read-only", async () => {
    const { server } = stage({ latencyMs: 0 });
    const line = await server.connect();
    expect(await line.rehearse()).toEqual({ writable: true });
    server.writable = false;
    expect(await line.rehearse()).toEqual({ writable: false });
    Object.assign(server, { writable: true, role: "replica" });
    expect(await line.rehearse()).toEqual({ writable: false });
    expect(server.statements).toEqual([]);
  });

  test("run() takes longer in proportion once more run than the capacity", async () => {
    expect(await answeredAt(stage({ capacity: 2 }), 4)).toEqual([10, 10, 15, 20]);
    expect(await answeredAt(stage(), 4)).toEqual([10, 10, 10, 10]);
  });

  test("run() is as fast as ever when the others were answered or cut", async () => {
    const { clock, server } = stage({ capacity: 1 });
    expect(await answeredAt({ clock, server }, 3)).toEqual([10, 20, 30]);
    const [one, other] = [
      await clock.runUntil(server.connect()),
      await clock.runUntil(server.connect()),
    ];
    const cut = one.run("x", []).catch((error: unknown) => error);
    one.destroy();
    expect(await cut).toBeInstanceOf(Failure);
    const begunAt = clock.now();
    await clock.runUntil(other.run("x", []));
    expect(clock.now() - begunAt).toBe(10);
  });
});

describe("how a scripted endpoint refuses", () => {
  test("connect() is refused beyond the most connections, whoever has them", async () => {
    const { server } = stage({ latencyMs: 0 });
    server.maxConnections = 2;
    const line = await server.connect();
    server.otherConnections = 1;
    await expect(server.connect()).rejects.toMatchObject({
      origin: "server",
      code: "53300",
      phase: "connecting",
      connection: "broken",
    });
    await line.close();
    expect((await server.connect()).usable).toBe(true);
  });

  test("connect() is told why logins are refused, and who is in goes on", async () => {
    const { server } = stage({ latencyMs: 0 });
    const line = await server.connect();
    server.condition = "refusingLogins";
    await expect(server.connect()).rejects.toMatchObject({ origin: "server", code: "57P03" });
    server.loginRefusal = new Failure({
      origin: "server",
      phase: "connecting",
      code: "28P01",
      message: "password authentication failed",
      connection: "broken",
    });
    await expect(server.connect()).rejects.toMatchObject({ code: "28P01" });
    expect((await line.run("x", [])).rows).toEqual([{ ok: true }]);
  });

  test("what hangs up accepts nobody, and cuts a line at its next word", async () => {
    const { server } = stage({ latencyMs: 0 });
    const line = await server.connect();
    server.condition = "hangingUp";
    const closed = { origin: "network", code: "CONNECTION_CLOSED", connection: "broken" };
    await expect(server.connect()).rejects.toMatchObject({ ...closed, phase: "connecting" });
    await expect(line.run("x", [])).rejects.toMatchObject({ ...closed, phase: "sent" });
    expect([line.usable, server.open, server.statements]).toEqual([false, 0, []]);
  });
});

describe("how a scripted client gets stuck", () => {
  test("deafen() silences what is open; a new connection is well", async () => {
    const { clock, server } = stage();
    const old = await clock.runUntil(server.connect());
    server.deafen();
    const silent = old.run("x", []).catch((error: unknown) => error);
    const fresh = await clock.runUntil(server.connect());
    expect((await clock.runUntil(fresh.run("y", []))).rows).toEqual([{ ok: true }]);
    expect(server.statements).toEqual(["y"]);
    old.destroy();
    expect(await silent).toMatchObject({ phase: "sent", connection: "broken" });
  });

  test("jam() silences every client there is until one is made anew", async () => {
    const { clock, server } = stage();
    const old = await clock.runUntil(server.connect(LIMIT));
    server.jam();
    expect(old.deaf).toBe(true);
    await expect(clock.runUntil(server.connect(LIMIT))).rejects.toMatchObject({
      code: "CONNECT_TIMEOUT",
    });
    const renewed = server.renew();
    const fresh = await clock.runUntil(renewed.connect(LIMIT));
    expect((await clock.runUntil(fresh.run("x", [], { prepare: false }))).rows).toHaveLength(1);
    // The old client stays as it is, and the new one can be jammed in turn.
    await expect(clock.runUntil(server.connect(LIMIT))).rejects.toBeInstanceOf(Failure);
    server.jam();
    await expect(clock.runUntil(renewed.connect(LIMIT))).rejects.toBeInstanceOf(Failure);
    const again = renewed.renew?.();
    expect(
      (await clock.runUntil(again?.connect(LIMIT) ?? Promise.reject(new Error("none")))).usable,
    )
      .toBe(true);
    expect(server.renewals).toBe(2);
  });

  test("renew() makes a client of the same endpoint", async () => {
    const { server } = stage({ latencyMs: 0, scalesToZero: true });
    const renewed = server.renew();
    expect(renewed.scalesToZero).toBe(true);
    await renewed.connect(LIMIT);
    expect([server.open, server.connects]).toEqual([1, 1]);
    server.condition = "refusing";
    await expect(renewed.connect(LIMIT)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });
});

test("scripted() without a clock takes its latency in real time", async () => {
  vi.useFakeTimers();
  try {
    let connected = false;
    const connecting = scripted({ latencyMs: 200 }).connect().then(() => connected = true);
    await vi.advanceTimersByTimeAsync(199);
    expect(connected).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await connecting;
  } finally {
    vi.useRealTimers();
  }
});

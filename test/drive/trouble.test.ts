/** A call that finds nowhere to go says what was last wrong where it might have gone. */

import { describe, expect, test, vi } from "vitest";
import { scripted, type ScriptedConnector } from "../../adapters/connectors/scripted/mod.ts";
import { CircuitOpenError, NoEndpointError, UnavailableError } from "../../src/errors.ts";
import { createHoldfastOn } from "../../src/holdfast.ts";
import { virtualRuntime } from "../virtual.ts";
import { errorOf, failure, next, soloStage, sqlError, type Stage, stage } from "./stage.ts";

const NO_DATABASE = failure({
  origin: "server",
  phase: "connecting",
  code: "3D000",
  message: 'database "nosuch" does not exist',
  report: { severity: "FATAL" },
});
const REFUSED = failure({
  phase: "connecting",
  code: "ECONNREFUSED",
  message: "connect ECONNREFUSED",
});

/** One endpoint whose role nobody declared. */
function roleless(): Pick<Stage, "db" | "clock" | "a"> {
  const runtime = virtualRuntime(7);
  const a: ScriptedConnector = scripted({ clock: runtime.clock, latencyMs: 1 });
  const db = createHoldfastOn(runtime, {
    endpoints: [{ id: "a", connector: a }],
    probe: { intervalMs: 0 },
  });
  return { db, clock: runtime.clock, a };
}

describe("nowhere to go, with an endpoint whose role nobody declared", () => {
  test.each([
    ["no such database", NO_DATABASE, "misconfigured", 'database "nosuch" does not exist'],
    ["a refused port", REFUSED, "unavailable", "connect ECONNREFUSED"],
  ])("%s is an UnavailableError that says so", async (_, reason, kind, said) => {
    const s = roleless();
    vi.spyOn(s.a, "connect").mockRejectedValue(reason);
    for (let i = 0; i < 2; i++) {
      const error = await errorOf(s, s.db.query("select 1"));
      expect(error).toBeInstanceOf(UnavailableError);
      expect(error).toMatchObject({ kind, executed: "no" });
      expect(error.message).toContain(`a (unknown: ${said})`);
    }
  });

  test("an answer ends the trouble", async () => {
    const s = roleless();
    const connect = vi.spyOn(s.a, "connect").mockRejectedValue(REFUSED);
    await errorOf(s, s.db.query("select 1"));
    connect.mockRestore();
    s.a.role = "replica";
    await s.clock.advance(1_000);
    const error = await errorOf(s, s.db.query("select 1"));
    expect(error).toBeInstanceOf(NoEndpointError);
    expect(error.message).toMatch(/known are a \(replica\)$/);
    expect(error.kind).toBeUndefined();
  });
});

describe("nowhere to go, with every circuit open", () => {
  test("the error says why they are", async () => {
    const s = soloStage();
    s.a.die();
    let error = await errorOf(s, s.db.query("select 1"));
    while (!(error instanceof CircuitOpenError)) error = await errorOf(s, s.db.query("select 1"));
    expect(error.kind).toBe("unavailable");
    expect(error.message).toMatch(/a \(primary: .*refused.*\)\. The next trial is due in/i);
  });

  test("no parameter of the call that met the trouble is told to another", async () => {
    const s = soloStage({ circuit: { consecutiveFailures: 1 } });
    await s.clock.runUntil(s.db.query("select 1"));
    s.a.condition = "refusing";
    next(s.a, failure({ message: "the line broke at hunter2" }));
    await errorOf(s, s.db.query("insert into t values (?)", ["hunter2"]));
    const error = await errorOf(s, s.db.query("select 1", [], { timeoutMs: 5_000 }));
    expect(error.message).not.toContain("hunter2");
  });
});

test("a statement the database refuses is no trouble of the endpoint's", async () => {
  const s = stage();
  next(s.a, sqlError("42601", "syntax error"));
  await errorOf(s, s.db.query("selct 1"));
  s.db.isolate("a");
  const error = await errorOf(s, s.db.query("select 1"));
  expect(error.message).toContain("a (primary). It is held open by hand");
});

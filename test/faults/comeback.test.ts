/**
 * What the real faults and the hour of virtual ones found, in as few lines as show it.
 */

import { describe, expect, test } from "vitest";
import type { ScriptedConnector } from "../../adapters/connectors/scripted/mod.ts";
import { type Stage, stage } from "../drive/stage.ts";

/** Reads all the while; says who served how many, and what the others were refused with. */
async function readFor(s: Stage, forMs: number): Promise<Record<string, number>> {
  const came: Record<string, number> = {};
  const note = (what: string): void => {
    came[what] = (came[what] ?? 0) + 1;
  };
  for (let spentMs = 0; spentMs < forMs; spentMs += 50) {
    void s.db.query("select 1").then(
      ({ servedBy }) => note(servedBy),
      (error: { code: string }) => note(error.code),
    );
    await s.clock.advance(50);
  }
  return came;
}

describe("an endpoint comes back", () => {
  // Real cluster: "black hole … back 29015 ms after its end", though its circuit had closed within 1.1 s.
  // p2c compared the peak that the failures had left with an answer time of 1 ms, and sent nothing until
  // the peak was stale, 30 s after the last failure. Who comes back starts with a clean slate now.
  test.each<[string, (b: ScriptedConnector) => void]>([
    ["dead", (b) => b.die()],
    ["silent", (b) => b.condition = "silent"],
  ])(
    "a replica that was %s for 3 s serves reads within 15 s, a look's interval and a half",
    async (_, strike) => {
      const s = stage({ readPreference: "secondaryPreferred", probe: {} });
      await readFor(s, 1_000);
      strike(s.b);
      await readFor(s, 3_000);
      s.b.revive();
      const came = await readFor(s, 15_000);
      await s.clock.runUntil(s.db.close());
      expect(came["b"] ?? 0).toBeGreaterThan(0);
    },
  );

  // The hour of virtual faults, seed 1, minute 3.7: reads refused for 8.4 s while two known servers of
  // three were up. A look's answer ended only a circuit's first pause; two in a row end any now.
  test("no read is refused when every server is up again and has answered a look", async () => {
    const s = stage({ readPreference: "secondaryPreferred", probe: {} });
    const all = [s.a, s.b, s.c];
    await readFor(s, 1_000);
    for (const each of all) each.die();
    // Long enough that each circuit has opened more than once: its pauses are long by then.
    await readFor(s, 120_000);
    for (const each of all) each.revive();
    // Every endpoint that is out is looked at within 5 s.
    await readFor(s, 6_000);
    const came = await readFor(s, 10_000);
    await s.clock.runUntil(s.db.close());
    expect(came["CIRCUIT_OPEN"]).toBeUndefined();
  });
});

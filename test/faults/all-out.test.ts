import { describe, expect, test } from "vitest";
import { stage } from "../drive/stage.ts";

/** Long enough that each circuit has opened more than once: its pauses are long by then. */
const OUTAGE_MS = 120_000;
/** Every endpoint that is out is looked at within that, and by then they all have answered. */
const LOOKED_AT_MS = 6_000;

describe("all endpoints down and back", () => {
  // Found by an hour of virtual faults (seed 1, minute 3.7: reads refused for 8 s while two servers of
  // three were up). Fails until there is a way around circuits when all are open.
  test.fails("a read is not refused when every server is up again and has answered a look", async () => {
    const s = stage({ readPreference: "secondaryPreferred", probe: {} });
    const all = [s.a, s.b, s.c];
    const reads = async (forMs: number): Promise<string[]> => {
      const codes: string[] = [];
      for (let spentMs = 0; spentMs < forMs; spentMs += 50) {
        void s.db.query("select 1").catch((error: { code: string }) => codes.push(error.code));
        await s.clock.advance(50);
      }
      return codes;
    };
    expect(await reads(1_000)).toEqual([]);
    for (const each of all) each.die();
    expect((await reads(OUTAGE_MS)).length).toBeGreaterThan(0);
    for (const each of all) each.revive();
    await reads(LOOKED_AT_MS);
    const refused = await reads(10_000);
    await s.clock.runUntil(s.db.close());
    expect(refused).toEqual([]);
  });
});

/** Why an alert did not arrive can be found out. */

import { describe, expect, test } from "vitest";
import type { AlertRule } from "../../src/observe/alerts.ts";
import type { AlertSink } from "../../src/ports.ts";
import { type Stage, stage } from "./stage.ts";

const ALWAYS: AlertRule = {
  name: "some",
  says: "there is an endpoint",
  of: "totalEndpoints",
  when: "above",
  threshold: 0,
  forMs: 0,
};

/** A stage whose rule fires at its first look, in five seconds. */
async function alerted(deliver: AlertSink): Promise<Stage> {
  const s = stage({ alerts: { rules: [ALWAYS], deliver } });
  await s.clock.runUntil(s.db.query("select 1"));
  return s;
}

describe("stats().alerts.lastFailure", () => {
  test("says why a sink failed, without its address or secret", async () => {
    const s = await alerted(() => {
      throw new TypeError("fetch of https://u:pw@example.com/T0K3N failed, whsec_c2VjcmV0");
    });
    expect(s.db.stats().alerts.lastFailure).toBeUndefined();
    await s.clock.advance(5_000);
    expect(s.db.stats().alerts.lastFailure).toBe(
      "TypeError: fetch of (not shown) failed, (not shown)",
    );
  });

  test("says that a sink took too long", async () => {
    const s = await alerted(() => new Promise<void>(() => {}));
    await s.clock.advance(5_000);
    await s.clock.advance(200_000);
    expect(s.db.stats().alerts.lastFailure).toBe("it took longer than 180000 ms");
  });
});

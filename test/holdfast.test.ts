import { describe, expect, test } from "vitest";
import { scripted } from "../adapters/connectors/scripted/mod.ts";
import { createHoldfast, type Holdfast } from "../mod.ts";

function twoEndpoints(): Holdfast {
  return createHoldfast({
    endpoints: [
      { id: "a", role: "primary", connector: scripted({ role: "primary" }) },
      { id: "b", role: "readOnly", connector: scripted({ role: "replica" }) },
    ],
  });
}

describe("Holdfast.failover()", () => {
  test.each([
    ["an endpoint it does not know", "a", "c", "known are a, b"],
    ["one endpoint twice", "a", "a", "needs two endpoints"],
    ["a read-only endpoint", "a", "b", "declared read-only"],
  ])("rejects, and does not throw, %s", async (_, from, to, says) => {
    await using db = twoEndpoints();
    const failing = db.failover(from, to);
    await expect(failing).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringContaining(says),
    });
  });

  test("rejects after close()", async () => {
    const db = twoEndpoints();
    await db.close();
    await expect(db.failover("a", "b")).rejects.toMatchObject({ code: "CLOSED" });
  });
});

import { expect, test } from "vitest";
import type { Snapshot } from "../../src/model/belief.ts";
import { createPlace, report } from "./place.ts";

test("a fresh process on Deno leaves alone what two others found dead, from its first query on", async () => {
  const { start, member } = await createPlace();
  const found = [start("./application.ts"), start("./application.ts")];
  for (const app of found) {
    await app.ask("read");
    await app.ask("lose");
  }
  await Promise.all(found.map((app) => app.ask("learn")));
  const onlooker = member();
  for (let phase = "closed"; phase !== "open";) {
    for (const app of found) await app.ask("read");
    // The same report each time: it changes nothing, and gets in nobody's way.
    const { endpoints } = await onlooker.ask<Snapshot>("sync", report("onlooker", 1, {}));
    phase = endpoints.find(({ id }) => id === "b")?.phase ?? phase;
  }

  const fresh = start("./application.ts");
  await fresh.ask("lose");
  // One attempt, and not there: nothing was tried on the dead one first.
  for (let i = 0; i < 20; i++) {
    expect(await fresh.ask("read")).toEqual({ servedBy: "c", attempts: 1 });
    expect(await fresh.ask("circuit")).toBe("open");
  }
});

test("a tick on Deno syncs with the store, and a closed application lets its process end", async () => {
  const { start, member } = await createPlace();
  const app = start("./application.ts");
  expect(await app.ask<{ nextInMs: number }>("tick")).toMatchObject({
    nextInMs: expect.any(Number),
  });
  const seen = await member().ask<Snapshot>("sync", report("onlooker", 1, {}));
  expect(seen.endpoints.map(({ id }) => id)).toEqual(["a", "b", "c"]);
  await app.ask("close");
  expect(await app.end()).toBe(0);
});

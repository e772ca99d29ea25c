import { expect, test } from "vitest";
import { startPlace } from "./place.ts";

test("createHoldfast() in a Worker knows where it is: sessions work, the cluster itself says what to do", async () => {
  await using place = await startPlace({ entry: new URL("here-worker.ts", import.meta.url) });
  const ask = async (path: string): Promise<unknown> => (await place.fetch(path)).json();
  for (let i = 0; i < 4; i++) {
    expect(await ask("/cluster")).toEqual({ code: "USAGE" });
    expect(await ask("/session")).toEqual({ servedBy: "a" });
  }
  expect(place.takeLogs()).toEqual([]);
});

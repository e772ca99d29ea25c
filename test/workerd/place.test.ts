import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Place, startPlace } from "./place.ts";

describe("startPlace()", () => {
  let place: Place;
  beforeAll(async () => {
    place = await startPlace({
      entry: new URL("place-worker.ts", import.meta.url),
      isolates: 3,
      objects: ["Counter"],
      kv: ["KV"],
      bindings: { GREETING: "hello" },
    });
  });
  afterAll(() => place?.dispose());

  async function ask(path: string, isolate: number, body?: string): Promise<unknown> {
    const init = body === undefined ? {} : { method: "POST", body };
    const text = await (await place.fetch(path, { isolate, ...init })).text();
    return text === "" ? undefined : JSON.parse(text);
  }

  test("each isolate has globals of its own, and the same bindings", async () => {
    for (let i = 1; i <= 3; i++) {
      expect(await ask("/isolate", 1)).toMatchObject({ asked: i, greeting: "hello" });
    }
    expect(await ask("/isolate", 2)).toMatchObject({ asked: 1, greeting: "hello" });
  });

  test("all isolates share one set of objects, and one KV", async () => {
    expect(await ask("/count", 0)).toEqual({ memory: 1, storage: 1 });
    expect(await ask("/count", 1)).toEqual({ memory: 2, storage: 2 });
    expect(await ask("/count", 2)).toEqual({ memory: 3, storage: 3 });
    await ask("/put", 1, "value");
    expect(await ask("/get", 2)).toBe("value");
  });

  test("an object that aborts or is evicted loses its memory and keeps its storage", async () => {
    await ask("/count", 1);
    expect(await ask("/abort", 1)).toBe("told to");
    const { storage } = await ask("/count", 2) as { storage: number };
    expect(await ask("/count", 1)).toEqual({ memory: 2, storage: storage + 1 });
    await place.evict("Counter", "one");
    expect(await ask("/count", 1)).toEqual({ memory: 1, storage: storage + 2 });
  });

  test("scheduled() runs the cron handler of one isolate", async () => {
    await place.scheduled("* * * * *", 2);
    expect(await ask("/isolate", 2)).toMatchObject({ crons: 1 });
    expect(await ask("/isolate", 1)).toMatchObject({ crons: 0 });
  });

  test("takeLogs() gives what a worker says", async () => {
    place.takeLogs();
    await place.fetch("/nowhere");
    expect(place.takeLogs().join()).toContain("nothing there");
    expect(place.takeLogs()).toEqual([]);
  });
});

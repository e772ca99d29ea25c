import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { storeContract } from "../contract/store.ts";
import { type Place, startPlace } from "./place.ts";

const cases = storeContract({ leases: false }).map(({ name }) => name);

describe("durableObject() in workerd keeps the store's contract", () => {
  let place: Place;
  beforeAll(async () => {
    const entry = new URL("store-contract-worker.ts", import.meta.url);
    place = await startPlace({ entry, objects: ["Standard", "Patient"] });
  });
  afterAll(() => place?.dispose());

  test.each(cases)("%s", async (name) => {
    const response = await place.fetch(`/run/${encodeURIComponent(name)}`);
    expect(await response.json()).toBe("passed");
    expect(place.takeLogs()).toEqual([]);
  });
});

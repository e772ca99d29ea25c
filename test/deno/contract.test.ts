import { describe, expect, test } from "vitest";
import { storeContract } from "../contract/store.ts";
import { createPlace } from "./place.ts";

describe("denoKvStore() on real Deno keeps the store's contract", () => {
  test.each(storeContract({ leases: true }))("$name", async ({ name }) => {
    const { start } = await createPlace();
    expect(await start("./contract.ts").order("play", name)).toEqual({});
  });
});

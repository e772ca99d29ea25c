/**
 * Runs the store's contract in vitest, a ground of its own for each case.
 */

import { describe, expect, test } from "vitest";
import { storeContract } from "../contract/store.ts";
import type { StoreGround } from "../contract/store-stage.ts";

/** What a place brings. */
export interface StorePlace {
  readonly leases: boolean;
  /** Made anew, and empty, for each case. */
  readonly ground: () => StoreGround | Promise<StoreGround>;
  /** Why it cannot be run here. */
  readonly missing?: string | undefined;
}

/** Runs it. */
export function contractTests(name: string, { leases, ground, missing }: StorePlace): void {
  describe.skipIf(missing !== undefined)(`${name} keeps the store's contract`, () => {
    test.each(storeContract({ leases }))("$name", async ({ run }) => {
      await expect(run(await ground())).resolves.toBe(undefined);
    });
  });
}

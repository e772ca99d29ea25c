/** The connector's contract as tests of vitest. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Connector } from "../../../src/ports.ts";
import { type ConnectorCase, connectorContract, type ConnectorGround } from "./mod.ts";

/**
 * Plays every case on the ground that `prepare` makes. `kind` is a connector of the same kind, which is never
 * connected: it tells what is impossible, which is a test of its own with the reason in its name. `ruledOut` says by
 * a case's name why these options rule it out.
 */
export function contractInVitest(
  kind: Connector,
  prepare: () => Promise<ConnectorGround>,
  cleanUp: () => Promise<void>,
  ruledOut: Readonly<Record<string, string>> = {},
  cases: readonly ConnectorCase[] = connectorContract(),
): void {
  describe("keeps the connector's contract", () => {
    let ground: ConnectorGround;
    beforeAll(async () => {
      ground = await prepare();
    });
    afterAll(cleanUp);

    const titled = cases.map(({ name, impossible, run }) => {
      const why = impossible?.(kind) ?? ruledOut[name];
      const nothing = (): Promise<void> => Promise.resolve();
      return why === undefined
        ? [name, run] as const
        : [`${name} (impossible: ${why})`, nothing] as const;
    });
    test.each(titled)("%s", async (_title, play) => {
      await expect(play(ground)).resolves.toBeUndefined();
    });
  });
}

/**
 * What the tests of this folder stand on: two MariaDB servers and a double of PlanetScale's API over them.
 */

import { afterAll, beforeAll } from "vitest";
import { planetscale } from "../../adapters/connectors/planetscale/mod.ts";
import type { Connection } from "../../src/ports.ts";
import { type Double, startDouble } from "./double.ts";
import { type MariadbPair, startMariadb } from "./mariadb.ts";

/** The servers, once `beforeAll` has run. */
export interface PlanetscaleGround {
  readonly pair: MariadbPair;
  readonly double: Double;
  /** A connection to the primary. */
  connect(): Promise<Connection>;
}

/** Sets them up for a file or a `describe`; `tables` are created before the first test. */
export function planetscaleGround(tables: readonly string[] = []): PlanetscaleGround {
  let pair: MariadbPair | undefined;
  let double: Double | undefined;
  const there = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error("beforeAll has not run");
    return value;
  };
  beforeAll(async () => {
    pair = await startMariadb();
    double = await startDouble(pair);
    await pair.primary.query("use app");
    for (const table of tables) await pair.primary.query(table);
    await pair.waitCaughtUp();
  }, 120_000);
  afterAll(async () => {
    await double?.[Symbol.asyncDispose]();
    await pair?.stop();
  });
  return {
    get pair() {
      return there(pair);
    },
    get double() {
      return there(double);
    },
    connect: () => planetscale(there(double).url()).connect({ timeoutMs: 5_000 }),
  };
}

/** How a statement runs; prepared or not is the same over HTTP. */
export const RUN = { prepare: false } as const;

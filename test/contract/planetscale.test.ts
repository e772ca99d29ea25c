import { describe } from "vitest";
import { planetscale } from "../../adapters/connectors/planetscale/mod.ts";
import { freePort } from "../cluster/place.ts";
import { type Double, startDouble } from "../planetscale/double.ts";
import { type MariadbPair, startMariadb, whyNoMariadb } from "../planetscale/mariadb.ts";
import { contractInVitest } from "./connector/in-vitest.ts";

const missing = whyNoMariadb();
if (missing) console.error(missing);

describe.skipIf(missing)(`PlanetScale's API over a real MariaDB ${missing ?? ""}`, () => {
  let pair: MariadbPair;
  let double: Double;
  contractInVitest(planetscale("mysql://nobody:none@nowhere.invalid/none"), async () => {
    pair = await startMariadb();
    double = await startDouble(pair);
    return {
      connector: planetscale(double.url()),
      refused: planetscale(double.url().replace(String(double.port), String(await freePort()))),
    };
  }, async () => {
    await double?.[Symbol.asyncDispose]();
    await pair?.stop();
  });
});

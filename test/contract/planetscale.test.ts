import { describe } from "vitest";
import { planetscale } from "../../adapters/connectors/planetscale/mod.ts";
import { freePort } from "../cluster/place.ts";
import { type Double, startDouble } from "../planetscale/double.ts";
import { type MariadbPair, startMariadb, whyNoMariadb } from "../planetscale/mariadb.ts";
import { contractInVitest } from "./connector/in-vitest.ts";
import { connectorContract } from "./connector.ts";

const missing = whyNoMariadb();
if (missing) console.error(missing);

describe.skipIf(missing)(`PlanetScale's API over a real MariaDB ${missing ?? ""}`, () => {
  let pair: MariadbPair;
  let double: Double;
  connectorContract("planetscale()", async () => {
    pair = await startMariadb();
    double = await startDouble(pair);
    await pair.primary.query("create table app.pair (n int)");
    await pair.primary.query("insert into app.pair values (0), (0)");
    return {
      connector: planetscale(double.url()),
      refused: planetscale(double.url().replace(String(double.port), String(await freePort()))),
      select: "select 1 as one",
      command: "update pair set n = n + 1",
      faulty: "selec 1",
      endless: "select sleep(600)",
    };
  }, async () => {
    await double?.[Symbol.asyncDispose]();
    await pair?.stop();
  });

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

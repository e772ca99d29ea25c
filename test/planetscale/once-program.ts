/** Two statements to a server that cuts the connection under the second: how they end, as one line of JSON. */

import process from "node:process";
import { planetscale } from "../../adapters/connectors/planetscale/mod.ts";
import { Failure } from "../../src/model/failure.ts";

const [url = ""] = process.argv.slice(2);
const connection = await planetscale(url).connect({ timeoutMs: 5_000 });
const ended: string[] = [];
for (let i = 0; i < 2; i++) {
  await connection.run("insert into t values (1)", [], { prepare: false }).then(
    () => ended.push("answered"),
    (error: unknown) => ended.push(error instanceof Failure ? error.phase : String(error)),
  );
}
console.log(JSON.stringify(ended));
process.exit(0);

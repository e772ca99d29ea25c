/** `deno run …` or `bun …` this with two URLs: prints what the journey found, as one line of JSON. */

import process from "node:process";
import { createHoldfast } from "../../src/holdfast.ts";
import { endpointsAt, journey } from "./journey.ts";

const [url = "", nowhere = "", name = ""] = process.argv.slice(2);
const db = createHoldfast({
  endpoints: endpointsAt({ url, nowhere }),
  readPreference: "secondaryPreferred",
  alerts: false,
});
const found = await journey(db, name);
await db.close();
console.log(JSON.stringify(found));

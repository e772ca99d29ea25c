/**
 * Orders on Deno and Deno Deploy: PostgreSQL over TCP, and what all instances believe in Deno KV.
 *
 * @module
 */

import { createHoldfast } from "holdfast";
import { denoKvStore } from "holdfast/deno";
import { postgres } from "holdfast/postgres";
import { orders } from "../orders.ts";

/** One or more URLs, separated by spaces. Who is the primary is found out. */
const urls = (Deno.env.get("DATABASE_URLS") ?? "").split(/\s+/).filter((url) => url !== "");
const token = Deno.env.get("HOLDFAST_TOKEN") ?? "";
if (urls.length === 0 || token === "") throw new Error("Set DATABASE_URLS and HOLDFAST_TOKEN");

const db = createHoldfast({
  endpoints: urls.map((url, i) => ({ id: `db${i + 1}`, connector: postgres(url) })),
  readPreference: "secondaryPreferred",
  store: denoKvStore(),
});

// Deno Deploy has a port of its own.
const port = Number(Deno.env.get("PORT") ?? 8_000);
const server = Deno.serve({ port }, (request) => orders(request, db.session(), token));

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(signal, () => void server.shutdown());
}
await server.finished;
await db.close();

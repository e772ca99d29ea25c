/**
 * `holdfast/cell`: a store out of anything that keeps one text and can compare and set: a row with a version, an
 * object with an ETag, a key in etcd or DynamoDB.
 *
 * You bring a cell, which reads the text and swaps it for another one unless somebody else was faster; what is in
 * it, who wins and at what pace all come is none of its business. Over a SQL table:
 *
 * ```ts
 * import { DatabaseSync } from "node:sqlite";
 * import { type Cell, cellStore, type Reading } from "holdfast/cell";
 *
 * const sql = new DatabaseSync(":memory:"); // yours is where all processes reach it
 * sql.exec("create table belief (name text primary key, version integer, state text)");
 *
 * function rowNamed(name: string): Cell {
 *   const read = async (): Promise<Reading> => {
 *     const row = sql.prepare("select version, state from belief where name = ?").get(name);
 *     const text = row === undefined ? undefined : String(row["state"]);
 *     return { text, mark: String(row?.["version"] ?? 0), now: Date.now() };
 *   };
 *   const upsert = sql.prepare(`insert into belief values (?, ?, ?) on conflict (name) do update
 *     set version = excluded.version, state = excluded.state where version = excluded.version - 1`);
 *   return {
 *     name: "sqlite",
 *     read,
 *     async swap({ mark }, text) {
 *       const version = Number(mark) + 1;
 *       const swapped = upsert.run(name, version, text).changes === 1;
 *       const reading = swapped ? { text, mark: String(version), now: Date.now() } : await read();
 *       return { swapped, reading };
 *     },
 *   };
 * }
 *
 * const store = cellStore(rowNamed("shop"));
 * const { endpoints } = await store.command({ type: "isolate", endpoint: "replica-2" });
 * console.log(endpoints[0]?.phase); // → isolated
 * ```
 *
 * @module
 */

export type { ClaimAnswer, ClaimRequest } from "../../../src/ports.ts";
export type { Clock, Store, StoreTerms, StrongStore } from "../../../src/ports.ts";
export type { Cell, Reading, Swap } from "./cell.ts";
export { cellStore, type CellStoreOptions } from "./cell-store.ts";

/**
 * What somebody does with any of the deployed examples: the same answers on each platform.
 */

import { readFileSync } from "node:fs";
import { expect } from "vitest";
import type { Cluster } from "../cluster/mod.ts";

/** Its statements, one by one. */
const SCHEMA: readonly string[] = readFileSync(
  new URL("../../examples/orders.sql", import.meta.url),
  "utf8",
).replaceAll(/^--.*$/gm, "").split(";").filter((text) => text.trim() !== "");

export const TOKEN = "only-for-tests";

/** Asks the deployed program. The path begins with what its platform puts before it. */
export type Ask = (path: string, init?: RequestInit) => Promise<Response>;

/** The tables, and the replicas have them. */
export async function stockUp(cluster: Cluster): Promise<void> {
  for (const statement of SCHEMA) await cluster.primary.query(statement);
  await cluster.waitCaughtUp();
}

/** An answer's status and what it says. */
async function told(answer: Promise<Response>): Promise<[number, Record<string, unknown>]> {
  const response = await answer;
  return [response.status, await response.json() as Record<string, unknown>]; // the example's own
}

/** A whole visit, on fresh tables. */
export async function journey(ask: Ask): Promise<void> {
  const headers = { authorization: `Bearer ${TOKEN}` };
  const get = (path: string) => told(ask(path, { headers }));
  const order = (key: string, item: string) =>
    told(ask("/orders", { method: "POST", headers, body: JSON.stringify({ key, item }) }));

  expect((await ask("/health")).status).toBe(401);
  expect((await ask("/orders", { headers: { authorization: "Bearer wrong" } })).status).toBe(401);
  expect(await get("/health")).toMatchObject([200, { status: "ok" }]);
  expect(await get("/elsewhere")).toMatchObject([404, {}]);

  expect(await order("1", "rope")).toEqual([201, { placed: true }]);
  expect(await order("1", "rope")).toEqual([200, { placed: false }]);
  expect(await order("2", "lamp")).toEqual([201, { placed: true }]);
  expect(await order("3", "lamp")).toMatchObject([409, { error: "None left" }]);
  expect(await order("4", "boat")).toMatchObject([404, { error: "There is no such item" }]);
  for (const body of ["", "{", "null", '"x"', '{"key":1,"item":"rope"}', "x".repeat(2_000)]) {
    const refused = await told(ask("/orders", { method: "POST", headers, body }));
    expect([body, ...refused]).toMatchObject([body, 400, {}]);
  }
}

/** Reads until the answer has all that was placed: a replica may be behind. */
export async function readBack(ask: Ask): Promise<string | undefined> {
  const response = await ask("/orders", { headers: { authorization: `Bearer ${TOKEN}` } });
  const { orders, servedBy } = await response.json() as {
    orders: readonly { readonly key: string; readonly item: string }[]; // the example's own
    servedBy: string;
  };
  const keys = orders.map(({ key, item }) => `${key} ${item}`).sort();
  return keys.join() === "1 rope,2 lamp" ? servedBy : undefined;
}

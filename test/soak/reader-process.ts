/**
 * The process that is measured: a holdfast, its readers and nothing else. It does what its parent says,
 * and ends by itself when holdfast is closed and the parent has hung up.
 */

import process from "node:process";
import { createHoldfast, type Holdfast } from "../../mod.ts";
import { counted } from "../faults/connections.ts";
import { Readers } from "../faults/readers.ts";
import { held } from "./memory.ts";
import type { Order, Told } from "./orders.ts";

/** A tenth of the load of the short tests: five minutes of it should leave the machine to others. */
const READING = { callers: 8, pauseMs: 20 };

let db: Holdfast | undefined;
let readers: Readers | undefined;
/** Since the process began. */
const totals = { answered: 0, slow: 0, slowestMs: 0, failed: [] as string[] };

process.on("message", (order: Order) => {
  void obey(order).then((told) => process.send?.(told));
});

async function obey(order: Order): Promise<Told> {
  switch (order.do) {
    case "open":
      db = createHoldfast({
        endpoints: order.endpoints.map(({ id, role, url }) => ({
          id,
          role,
          connector: counted(url),
        })),
        readPreference: "secondaryPreferred",
      });
      return { answered: 0 };
    case "read":
      if (db !== undefined) readers = new Readers(db, READING);
      return { answered: 0 };
    case "served": {
      const { answered = 0 } = readers ?? {};
      const since = performance.now() - order.withinMs;
      return { answered, served: readers?.servedSince(order.endpoint, since) ?? false };
    }
    case "rest":
      await rest();
      return await look();
    case "close":
      await rest();
      await db?.close();
      db = undefined;
      return await look();
    default:
      return order satisfies never;
  }
}

async function rest(): Promise<void> {
  const over = readers;
  if (over === undefined) return;
  await over.stop();
  readers = undefined;
  totals.answered += over.answered;
  totals.slow += over.slow.length;
  totals.slowestMs = Math.max(totals.slowestMs, over.slowestMs);
  totals.failed.push(...over.failed.map(({ error }) => String(error)));
}

async function look(): Promise<Told> {
  const endpoints = db?.stats().endpoints ?? [];
  const pooled = Object.fromEntries(endpoints.map(({ id, pool }) => [id, pool.size]));
  const busy = endpoints.reduce((sum, { pool, inFlight }) => sum + pool.waiting + inFlight, 0);
  return { ...totals, held: await held(), pooled, busy };
}

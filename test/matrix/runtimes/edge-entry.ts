/** Run in Vercel's edge runtime: no TCP, so no `holdfast/postgres` in here. */

import { neon, type NeonOptions } from "../../../adapters/connectors/neon/mod.ts";
import {
  planetscale,
  type PlanetscaleOptions,
} from "../../../adapters/connectors/planetscale/mod.ts";
import { createHoldfast } from "../../../mod.ts";
import type { Connector } from "../../../src/ports.ts";
import { keepContract } from "../contract.ts";
import { wholePath } from "../path.ts";
import { strikeAll } from "../strike.ts";
import type { Settings, Task } from "../words.ts";

/** What the run puts there, and takes from there: text, for an object of another realm is no object here. */
interface Meeting {
  readonly task: string;
  told?: Promise<string>;
}

const meeting = (globalThis as unknown as { readonly meeting: Meeting }).meeting;

async function tell(): Promise<string> {
  const task = JSON.parse(meeting.task) as Task; // the run's own
  const connectorOf = (settings: Settings): Connector =>
    task.connector === "neon"
      ? neon(settings as unknown as NeonOptions)
      : planetscale(settings as unknown as PlanetscaleOptions);
  const db = createHoldfast({
    endpoints: [
      { id: "primary", role: "primary", connector: connectorOf(task.primary) },
      { id: "replica", role: "replica", connector: connectorOf(task.replica) },
    ],
    readPreference: "secondaryPreferred",
    session: { pinAfterWriteMs: 0 },
    alerts: false,
  });
  const path = await wholePath(db, task);
  await db.close();
  const contract = await keepContract(task, connectorOf);
  const faults = await strikeAll(task, connectorOf);
  return JSON.stringify({ path, shared: {}, contract, faults });
}

meeting.told = tell();

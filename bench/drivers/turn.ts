/**
 * One driver's turn, as a program for any runtime: its name, the URL, and how long, as JSON; prints a sample as JSON.
 *
 * @module
 */

import process from "node:process";
import { holdfast, pgNamed, postgresJsDefault } from "../contestants/clients.ts";
import type { DriverSample } from "./measure.ts";

/** What is to be done. */
export interface DriverJob {
  readonly name: string;
  readonly url: string;
  readonly callers: number;
  readonly connections: number;
  /** Not counted. */
  readonly warmUpMs: number;
  readonly turnMs: number;
}

const CLIENTS = { holdfast, "postgres.js": postgresJsDefault, "pg named": pgNamed };

async function turn(job: DriverJob): Promise<DriverSample> {
  const open = CLIENTS[job.name as keyof typeof CLIENTS]; // the parent knows the names
  const client = open(job.url, job.connections);
  await client.callers(job.callers, performance.now() + job.warmUpMs);
  const startedAt = performance.now();
  const answers = await client.callers(job.callers, startedAt + job.turnMs);
  const perSecond = answers / (performance.now() - startedAt) * 1_000;
  await client.close();
  return { perSecond };
}

const sample = await turn(JSON.parse(process.argv[2] ?? "{}") as DriverJob);
console.log(JSON.stringify(sample));
// A timer of some driver must not hold the turn up.
process.exit(0);

/**
 * A stage for what goes on beside the calls: looks by the clock, and who looked when.
 */

import type { ScriptedConnector } from "../../adapters/connectors/scripted/mod.ts";
import type { EndpointStats } from "../../src/drive/statistics.ts";
import { type Stage, stage, type StageOptions } from "./stage.ts";

/** A stage whose endpoints are looked at every second and have been called once, so that all is begun. */
export async function watched(options: StageOptions = {}): Promise<Stage> {
  const s = stage({ ...options, probe: { intervalMs: 1_000, ...options.probe } });
  await s.clock.runUntil(s.db.execute("select 0"));
  await s.clock.advance(20);
  return s;
}

/** The numbers of one endpoint. */
export function statsOf({ db }: Pick<Stage, "db">, id: string): EndpointStats {
  const found = db.stats().endpoints.find((one) => one.id === id);
  if (found === undefined) throw new Error(`There is no endpoint ${id}`);
  return found;
}

/** When each question "who are you?" reached the endpoint, from now on. */
export function questions(s: Pick<Stage, "clock">, endpoint: ScriptedConnector): number[] {
  const times: number[] = [];
  const usual = endpoint.report.bind(endpoint);
  endpoint.report = () => {
    times.push(s.clock.now());
    return usual();
  };
  return times;
}

/** When each full look measured the endpoint, from now on. */
export function measurements(s: Pick<Stage, "clock">, endpoint: ScriptedConnector): number[] {
  const times: number[] = [];
  const usual = endpoint.vitals.bind(endpoint);
  endpoint.vitals = () => {
    times.push(s.clock.now());
    return usual();
  };
  return times;
}

/** When each connect reached the endpoint, from now on. */
export function connectTimes(s: Pick<Stage, "clock">, endpoint: ScriptedConnector): number[] {
  const times: number[] = [];
  const usual = endpoint.connect.bind(endpoint);
  endpoint.connect = (options) => {
    times.push(s.clock.now());
    return usual(options);
  };
  return times;
}

/** From each to the next. */
export function gaps(times: readonly number[]): number[] {
  return times.slice(1).map((at, index) => at - (times[index] ?? 0));
}

/** Reads one after the other for so long, one each `everyMs`; who served them, in order. */
export async function readFor(s: Stage, ms: number, everyMs: number): Promise<string[]> {
  const served: string[] = [];
  const until = s.clock.now() + ms;
  while (s.clock.now() < until) {
    const due = s.clock.now() + everyMs;
    const session = s.db.session({ waitUntil: () => {} });
    const { servedBy } = await s.clock.runUntil(session.query("select 1"));
    served.push(servedBy);
    await s.clock.runUntil(session.close());
    await s.clock.advance(Math.max(0, due - s.clock.now()));
  }
  return served;
}

/** So many reads every 50 ms for so long, all of which succeed; how many each endpoint served. */
export async function loadFor(
  s: Pick<Stage, "clock" | "db">,
  ms: number,
  reads = 10,
): Promise<Record<string, number>> {
  const calls: ReturnType<Stage["db"]["query"]>[] = [];
  for (const until = s.clock.now() + ms; s.clock.now() < until;) {
    for (let n = 0; n < reads; n++) calls.push(s.db.query("select 1"));
    await s.clock.advance(50);
  }
  const served: Record<string, number> = {};
  for (const { servedBy } of await s.clock.runUntil(Promise.all(calls))) {
    served[servedBy] = (served[servedBy] ?? 0) + 1;
  }
  return served;
}

/** What share of them one endpoint served. */
export function shareOf(served: Readonly<Record<string, number>>, id: string): number {
  const all = Object.values(served).reduce((sum, count) => sum + count, 0);
  return (served[id] ?? 0) / all;
}

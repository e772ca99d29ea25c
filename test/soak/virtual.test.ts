import { expect, test } from "vitest";
import { OPTION_TABLE } from "../../mod.ts";
import { held } from "./memory.ts";
import { VirtualHour } from "./virtual-hour.ts";

const HALF_AN_HOUR_MS = 30 * 60_000;
/** The longest fault, the longest pause of a circuit, and a failed call's deadline: over. */
const PEACE_MS = 2 * 60_000;
/** Runs of the same code differ by 0.1 MB; 15 bytes lost with each call, or 1 KB with each fault, pass it. */
const MOST_GROWTH_MB = 0.5;

test("an hour of virtual faults leaves no timer, no connection and no memory behind", async () => {
  const seed = Number(process.env["HOLDFAST_SOAK_SEED"] ?? 20_240_229);
  const hour = new VirtualHour(seed);
  const { db, clock, tally } = hour;
  await hour.pass(HALF_AN_HOUR_MS);
  const half = await held();
  await hour.pass(HALF_AN_HOUR_MS);
  const end = await held();
  const growthMb = end.heapMb - half.heapMb;

  hour.makePeace();
  await hour.pass(PEACE_MS);
  const refusedSoFar = { ...tally.refused };
  await hour.pass(PEACE_MS);
  await hour.endCalls();
  const stats = db.stats();
  console.log(
    `an hour of virtual faults (seed ${seed}): ${tally.asked} calls, ${tally.faults} faults, ` +
      `refused ${
        JSON.stringify(tally.refused)
      }, ${tally.inVain} reads of them in vain; heap after half of it ${
        half.heapMb.toFixed(1)
      } MB, ` +
      `after all of it ${end.heapMb.toFixed(1)} MB; ` +
      `connections ${stats.endpoints.map(({ id, pool }) => `${id} ${pool.size}`).join(", ")}`,
  );
  expect(tally.foreign).toEqual([]);
  expect(growthMb).toBeLessThan(MOST_GROWTH_MB);
  // In peace nothing is refused but what the callers themselves call off.
  expect({ ...tally.refused, ABORTED: 0 }).toEqual({ ...refusedSoFar, ABORTED: 0 });
  expect(stats.running).toBe(0);
  for (const { id, circuit, inFlight, pool } of stats.endpoints) {
    expect({ id, circuit, inFlight, waiting: pool.waiting, inUse: pool.inUse })
      .toEqual({ id, circuit: "closed", inFlight: 0, waiting: 0, inUse: 0 });
    expect(pool.size).toBeLessThanOrEqual(OPTION_TABLE["pool.max"].default ?? 0);
    expect(hour.servers.get(id)?.open).toBe(pool.size);
  }

  await clock.runUntil(db.close());
  expect(hour.open).toBe(0);
  // A scripted answer that is still on its way is no timer of holdfast's.
  await clock.advance(5_000);
  expect(clock.waiting).toBe(0);
}, 300_000);

/** The connector's contract as a worker holds it, from outside. */

import { expect } from "vitest";
import type { ToldCase } from "./contract-in-place.ts";
import { type Place, type PlaceOptions, startPlace } from "./place.ts";

/** What each case is called, with the reason where it cannot be played. */
export async function casesOf(
  options: PlaceOptions,
): Promise<(readonly [title: string, told: ToldCase])[]> {
  await using place = await startPlace(options);
  const cases = await (await place.fetch("/cases")).json() as ToldCase[];
  return cases.map((one) => {
    return [one.why === undefined ? one.name : `${one.name} (impossible: ${one.why})`, one];
  });
}

/** Plays a case behind `path`. workerd must have had nothing to complain of. */
export async function play(place: Place, path: string, { name, why }: ToldCase): Promise<void> {
  if (why !== undefined) return;
  const response = await place.fetch(`${path}${encodeURIComponent(name)}`);
  expect(await response.json()).toBe("passed");
  expect(place.takeLogs()).toEqual([]);
}

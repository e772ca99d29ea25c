/**
 * How long an open circuit pauses.
 *
 * @module
 */

import type { CircuitOptions } from "./circuit-options.ts";

/**
 * The pause of the `openings`-th opening in a row, from 1: uniform between base·2ⁿ⁻¹ and base·2ⁿ, within
 * the cap. That is "equal jitter" (AWS architecture blog) over a doubling pause: isolates that opened
 * together do not come back together, also not at the cap, and none comes back before the base.
 *
 * @param random a uniform draw from [0, 1)
 */
export function pauseMs(
  openings: number,
  random: number,
  { cooldownMs, maxCooldownMs }: Pick<CircuitOptions, "cooldownMs" | "maxCooldownMs">,
): number {
  const longest = Math.min(Math.max(cooldownMs, maxCooldownMs), cooldownMs * 2 ** openings);
  const shortest = Math.max(cooldownMs, longest / 2);
  return shortest + random * (longest - shortest);
}

/** Placeholder of the flow branch. */
export function lifetimeMs(maxLifetimeMs: number, nth: number, offset: number): number {
  return maxLifetimeMs * (0.5 + 0.5 * ((offset + nth * 0.6180339887498949) % 1));
}

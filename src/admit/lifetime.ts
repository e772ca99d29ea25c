/**
 * When a pooled connection has to be retired.
 *
 * Connections get old: a server's memory per connection grows, a proxy or a new address behind the
 * name is noticed only by new ones. But those opened together must not be retired together, or the
 * pool is empty at one instant and the server opens a whole pool's worth at the next.
 *
 * @module
 */

/** The golden ratio's fractional part; of all numbers its multiples keep furthest apart (Hurwitz 1891). */
const GOLDEN: number = (Math.sqrt(5) - 1) / 2;

/**
 * How long the `nth` connection of a pool may live: between half and the whole of `maxLifetimeMs`
 * (postgres.js: 30 to 60 min, by chance).
 *
 * The golden ratio's multiples spread it, not chance, which would let two of ten meet. Of any n
 * consecutive connections no two lifetimes are closer than `maxLifetimeMs / 2 / (√5 × n)`: by the
 * three-gap theorem the smallest distance is that of the largest Fibonacci number below n, golden to the
 * power of its index. At best, evenly spread, it would be √5 times as much.
 *
 * @param nth the number of the connection in its pool, a whole number
 * @param offset a uniform draw from [0, 1), one for a pool's life: two processes' pools do not agree
 */
export function lifetimeMs(maxLifetimeMs: number, nth: number, offset: number): number {
  const spread = (offset + ((nth * GOLDEN) % 1)) % 1;
  return maxLifetimeMs * (1 + spread) / 2;
}

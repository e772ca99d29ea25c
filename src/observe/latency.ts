/**
 * Quantiles of answer times in bounded space: a histogram with buckets that grow by a fixed ratio, so
 * that a quantile is off by at most half that ratio (the idea of DDSketch, Masson et al. 2019).
 *
 * Two halves rotate, so that what is read covers the last one to two spans and the distant past fades.
 *
 * @module
 */

/** Adjacent buckets differ by 10 %: quantiles are within 5 %. */
const GROWTH = 1.1;
/** Everything below 10 µs is one bucket. */
const FLOOR_MS = 0.01;
/** Covers 10 µs to over an hour. */
const BUCKETS = 210;
const SCALE: number = 1 / Math.log(GROWTH);

/** Plain counts; mutated in place because every answer touches it. */
export interface LatencySketch {
  readonly spanMs: number;
  rotatedAt: number;
  current: Uint32Array;
  previous: Uint32Array;
}

/** An empty sketch over the last one to two `spanMs`. */
export function createSketch(spanMs: number, now: number): LatencySketch {
  return {
    spanMs,
    rotatedAt: now,
    current: new Uint32Array(BUCKETS),
    previous: new Uint32Array(BUCKETS),
  };
}

/** Notes one answer time. */
export function note(sketch: LatencySketch, elapsedMs: number, now: number): void {
  if (now - sketch.rotatedAt >= sketch.spanMs) rotate(sketch, now);
  const index = elapsedMs <= FLOOR_MS
    ? 0
    : Math.min(BUCKETS - 1, Math.ceil(Math.log(elapsedMs / FLOOR_MS) * SCALE));
  sketch.current[index] = (sketch.current[index] ?? 0) + 1;
}

/** The given quantiles (0–1) in milliseconds, in the order asked; 0 where nothing was noted. */
export function quantiles(
  sketches: readonly LatencySketch[],
  wanted: readonly number[],
  now: number,
): number[] {
  const total = noted(sketches, now);
  return wanted.map((q) => (total === 0 ? 0 : quantile(sketches, q * total)));
}

/** How many answer times the quantiles are drawn from. */
export function noted(sketches: readonly LatencySketch[], now: number): number {
  for (const sketch of sketches) {
    if (now - sketch.rotatedAt >= sketch.spanMs) rotate(sketch, now);
  }
  let total = 0;
  for (let i = 0; i < BUCKETS; i++) total += countAt(sketches, i);
  return total;
}

function quantile(sketches: readonly LatencySketch[], rank: number): number {
  let seen = 0;
  for (let i = 0; i < BUCKETS; i++) {
    seen += countAt(sketches, i);
    if (seen >= rank && seen > 0) return i === 0 ? FLOOR_MS : FLOOR_MS * GROWTH ** (i - 0.5);
  }
  return FLOOR_MS * GROWTH ** BUCKETS;
}

function countAt(sketches: readonly LatencySketch[], index: number): number {
  let count = 0;
  for (const { current, previous } of sketches) {
    count += (current[index] ?? 0) + (previous[index] ?? 0);
  }
  return count;
}

function rotate(sketch: LatencySketch, now: number): void {
  const spare = sketch.previous;
  // After a silence longer than a span, what was "current" is old too.
  const stale = now - sketch.rotatedAt >= 2 * sketch.spanMs;
  sketch.previous = stale ? spare : sketch.current;
  sketch.current = stale ? sketch.current : spare;
  sketch.current.fill(0);
  if (stale) sketch.previous.fill(0);
  sketch.rotatedAt = now;
}

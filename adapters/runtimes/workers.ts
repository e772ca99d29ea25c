/**
 * Cloudflare Workers: a place where sockets, timers and promises belong to the request that began them; and the
 * Durable Objects in it, where they belong to the object.
 *
 * Nothing runs at import, and the clock may be read anywhere: global scope allows neither timers nor chance, and
 * has its clocks stand still, at 0.
 *
 * @module
 */

import type { Clock, Runtime } from "../../src/ports.ts";
import { webRuntime } from "./web.ts";

/** As much of a `WebSocketPair` as is used here. */
type Pair = new () => { readonly 0: End };

interface End {
  readonly readyState: number;
}

/**
 * Global scope reads 0, a request the time since 1970: what was noted there lies far in the past. `performance.now()`
 * is the same number in workerd (timeOrigin is 0), and stands still between two I/Os.
 */
const clock: Clock = webRuntime.clock;

/**
 * Of all that is made without I/O, this alone refuses to be looked at in another request, every time and without
 * being used up by the look (workerd of November 2026: AbortController, streams and Response do not).
 */
function here(): () => boolean {
  const { WebSocketPair } = globalThis as unknown as { readonly WebSocketPair?: Pair };
  if (WebSocketPair === undefined) return () => true;
  const { 0: end } = new WebSocketPair();
  return () => {
    try {
      return end.readyState >= 0;
    } catch {
      return false;
    }
  };
}

/** A Worker's request. Every request makes its session: `db.session({ ctx })`. */
export const workersRuntime: Runtime = {
  clock,
  random: Math.random,
  persistentIO: false,
  background: false,
  here,
};

/** A Durable Object: its sockets serve all its requests, but no timer keeps it awake between them. */
export const durableObjectRuntime: Runtime = {
  clock,
  random: Math.random,
  persistentIO: true,
  background: false,
};

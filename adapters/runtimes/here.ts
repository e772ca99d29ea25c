/**
 * The place where the code runs, as far as it can be told.
 *
 * @module
 */

import type { Runtime } from "../../src/ports.ts";
import { webRuntime } from "./web.ts";
import { workersRuntime } from "./workers.ts";

/** By this name Workers are known since compatibility date 2022-03-21 (`global_navigator`). */
const WORKERS = "Cloudflare-Workers";

/**
 * Workers say so: there a socket belongs to its request, and a holdfast that did not know would hang with the
 * second one. In a Durable Object, where it does not, say so: `createHoldfastOn(durableObjectRuntime, …)`,
 * which `holdfast/cloudflare` has.
 */
export function runtimeHere(): Runtime {
  const { navigator } = globalThis as { readonly navigator?: { readonly userAgent?: unknown } };
  return navigator?.userAgent === WORKERS ? workersRuntime : webRuntime;
}

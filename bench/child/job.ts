/**
 * What a child process is asked to do, and the words the two exchange.
 *
 * @module
 */

import type { AwayJob } from "../away/turn.ts";
import type { PoolJob } from "../pool/turn.ts";
import type { SlowJob } from "../slow/turn.ts";

/** One contestant's turn. */
export type Job = SlowJob | PoolJob | AwayJob;

/**
 * Told by a child when it has come to a point where the parent has to do something; resolves to what
 * the parent answers: the instant at which it did it.
 */
export type Reached<P extends string = string> = (point: P) => Promise<number>;

/** What a child says. */
export type FromChild =
  | { readonly kind: "reached"; readonly point: string }
  | { readonly kind: "done"; readonly sample: unknown }
  | { readonly kind: "failed"; readonly error: string };

/** What a parent says. */
export type ToChild =
  | { readonly kind: "job"; readonly job: Job }
  | { readonly kind: "goOn"; readonly at: number };

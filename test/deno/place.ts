/**
 * Deno processes on KV files in a folder of their own; all is gone after each test.
 *
 * @module
 */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import type { EndpointReport, Report } from "../../src/model/belief.ts";
import { DenoChild, type DenoChildOptions } from "./child.ts";

/** What makes processes on one KV file. */
export interface Place {
  readonly path: string;
  readonly member: (options?: Partial<DenoChildOptions>) => DenoChild;
}

const ends: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  // The last one made first: a folder goes after the processes in it.
  for (const end of ends.splice(0).reverse()) await end();
});

/** A KV file, not yet there. */
export async function createPlace(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-deno-"));
  ends.push(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, "belief.sqlite");
  return {
    path,
    member(options = {}) {
      const child = new DenoChild({ file: "./member.ts", args: [path], ...options });
      ends.push(() => child.kill());
      return child;
    },
  };
}

/** A report in which each endpoint is seen up or down. */
export function report(
  reporter: string,
  seq: number,
  saw: Readonly<Record<string, "up" | "down">>,
): Report {
  const endpoints = Object.entries(saw).map(([id, word]): EndpointReport => ({ id, saw: word }));
  return { v: 1, reporter, seq, sinceMs: 0, endpoints };
}

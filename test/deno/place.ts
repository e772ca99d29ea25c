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

/** How a process differs from the usual one. */
export interface MemberOptions {
  readonly flags?: DenoChildOptions["flags"];
  /** It gives the store no database, and so gets Deno's own. @default {false} */
  readonly byDefault?: boolean;
  /** @default {["holdfast"]} */
  readonly prefix?: readonly string[];
}

/** What makes processes on one KV file. */
export interface Place {
  /** Starts a program of this folder. */
  readonly start: (file: string, options?: MemberOptions) => DenoChild;
  readonly member: (options?: MemberOptions) => DenoChild;
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
  const start: Place["start"] = (
    file,
    { prefix = ["holdfast"], byDefault = false, flags } = {},
  ) => {
    const child = new DenoChild({
      file,
      args: [byDefault ? "" : path, JSON.stringify(prefix)],
      ...(flags === undefined ? {} : { flags }),
      // Deno keeps its own databases beside its cache.
      env: byDefault ? { DENO_DIR: folder } : {},
    });
    ends.push(() => child.kill());
    return child;
  };
  return { start, member: (options) => start("./member.ts", options) };
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

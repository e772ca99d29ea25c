/** What the tests of errors share. */

import { expect } from "vitest";
import { judge } from "../../src/judge/judge.ts";
import { Failure } from "../../src/model/failure.ts";
import type { Connection } from "../../src/ports.ts";
import { type Cluster, until } from "../cluster/mod.ts";

/** Long enough for everything that is not meant to take long. */
export const LIMIT: { readonly timeoutMs: number } = { timeoutMs: 5_000 };
/** Ordinary statements. */
export const PREPARE: { readonly prepare: boolean } = { prepare: true };

/** The failure a promise rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const thrown = await promise.then(() => "nothing", (error: unknown) => error);
  expect(thrown).toBeInstanceOf(Failure);
  return thrown as Failure;
}

/** The failure of one statement. */
export function failing(connection: Connection, text = "select 1"): Promise<Failure> {
  return failureOf(connection.run(text, [], PREPARE));
}

/** `kind scope executed`. */
export function said(failure: Failure): string {
  const { kind, scope, executed } = judge(failure, "postgres");
  return `${kind} ${scope} ${executed}`;
}

/** Waits until so many statements that name `mark` run in the server. */
export async function untilRunning(cluster: Cluster, mark: string, count: number): Promise<void> {
  await until(async () => {
    const rows = await cluster.primary.query(
      "select 1 from pg_stat_activity where query like $1 and state = 'active' and pid <> pg_backend_pid()",
      [`%${mark}%`],
    );
    return rows.length === count;
  }, { what: `${count} statements marked ${mark}` });
}

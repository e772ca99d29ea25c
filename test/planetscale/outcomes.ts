/**
 * What a statement comes to when the API, or somebody on the way, says something else than an answer.
 */

import { expect } from "vitest";
import { planetscale, type PlanetscaleFetch } from "../../adapters/connectors/planetscale/mod.ts";
import { judge } from "../../src/judge/judge.ts";
import { Failure } from "../../src/model/failure.ts";
import type { Outcome } from "../../src/model/outcome.ts";
import { RUN } from "./ground.ts";

/** What is answered. */
export interface Said {
  readonly status?: number;
  readonly body?: string;
  readonly headers?: Record<string, string>;
}

/** The failure of a statement that is answered with this, or whose fetch rejects with it. */
export async function failureOf(said: Said | Error): Promise<Failure> {
  const fetch: PlanetscaleFetch = () => {
    if (said instanceof Error) return Promise.reject(said);
    return Promise.resolve(new Response(said.body ?? "", { status: 200, ...said }));
  };
  const connector = planetscale({ host: "db.example", username: "u", password: "p4ss", fetch });
  const connection = await connector.connect({ timeoutMs: 1_000 });
  const thrown = await connection.run("insert into t values (?)", ["v4lue"], RUN).catch((
    error: unknown,
  ) => error);
  if (!(thrown instanceof Failure)) throw new Error(`No Failure: ${String(thrown)}`);
  expect(connection.usable).toBe(thrown.connection === "usable");
  expect(thrown.message).not.toMatch(/v4lue|p4ss|db\.example/);
  return thrown;
}

/** Kind, scope and executed, in three words. */
export async function outcomeOf(said: Said | Error): Promise<string> {
  return told(judge(await failureOf(said), "mysql"));
}

function told({ kind, scope, executed }: Outcome): string {
  return `${kind} ${scope} ${executed}`;
}

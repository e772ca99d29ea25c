/**
 * The whole path, for any runtime: reads, writes, a transaction, a failover of reads, a deadline. Neutral: it
 * knows no test framework. Run as a program, it takes URLs and prints what it found.
 */

import { planetscale } from "../../adapters/connectors/planetscale/mod.ts";
import type { Holdfast } from "../../src/holdfast.ts";
import type { EndpointOptions } from "../../src/options/types.ts";
import type { Session } from "../../src/session.ts";

/** Where things are. */
export interface Places {
  /** The branch. */
  readonly url: string;
  /** Where nobody listens. */
  readonly nowhere: string;
}

/** Three endpoints: a primary, its replicas, and a replica that is not there. */
export function endpointsAt({ url, nowhere }: Places): [EndpointOptions, ...EndpointOptions[]] {
  return [
    { id: "primary", role: "primary", connector: planetscale(url) },
    { id: "replica", role: "replica", connector: planetscale({ url, target: "replica" }) },
    { id: "gone", role: "replica", connector: planetscale(nowhere) },
  ];
}

/** What a journey found; the same everywhere. */
export type Found = Readonly<Record<string, unknown>>;

/** Travels. `name` keeps the rows of several journeys apart. */
export async function journey(session: Session | Holdfast, name: string): Promise<Found> {
  const nasty = `${name}'\\ü\u{1F600}`;
  const values = await session.query("select ? as s, ? as big, ? as bytes, ? as n", [
    nasty,
    9_007_199_254_740_993n,
    new Uint8Array([0, 255]),
    null,
  ]);
  const row = values.rows[0] ?? {};
  const write = await session.execute("insert into journey (s) values (?)", [nasty]);
  const count = await session.transaction(async (tx) => {
    await tx.query("insert into journey (s) values (?)", [nasty]);
    await tx.savepoint(async (inner) => {
      await inner.query("insert into journey (s) values (?)", [nasty]);
      throw new Error("undone");
    }).catch(() => {});
    return (await tx.query("select count(*) as n from journey where s = ?", [nasty])).rows[0]
      ?.["n"];
  });
  const servers = new Set<string>();
  for (let i = 0; i < 10; i++) {
    servers.add((await session.query("select 1", [], { readPreference: "secondary" })).servedBy);
  }
  const late = await session.query("select sleep(30)", [], { timeoutMs: 200 })
    .then(() => "no error", ({ code }: { readonly code: string }) => code);
  const wrong = await session.query("selec 1").then(
    () => "no error",
    ({ sqlState }: { readonly sqlState: string }) => sqlState,
  );
  return {
    text: row["s"] === nasty,
    big: row["big"],
    bytes: row["bytes"] instanceof Uint8Array && row["bytes"].join(),
    null: row["n"],
    rowsAffected: write.rowsAffected,
    hasId: Number(write.lastInsertId) > 0,
    count,
    servers: [...servers],
    late,
    wrong,
  };
}

/** What every runtime finds. */
export const EXPECTED: Found = {
  text: true,
  big: "9007199254740993",
  bytes: "0,255",
  null: null,
  rowsAffected: 1,
  hasId: true,
  count: "2",
  servers: ["replica"],
  late: "DEADLINE",
  wrong: "1064",
};

/**
 * Figure (g): what a request to a Worker takes whose database is far away: by a connection of its own, by a pool object
 * near the database, by Neon's protocol over HTTP. The distance is played; workerd and PostgreSQL are real.
 *
 * @module
 */

import { startCluster, startProxy } from "../../test/cluster/mod.ts";
import { startDouble } from "../../test/neon/double.ts";
import { type Place, startPlace } from "../../test/workerd/place.ts";
import { fillAccounts } from "../accounts.ts";
import { type Figure, figureOf, quantile } from "../figure.ts";
import { instant } from "../instant.ts";
import { type Contestant, interleave, type Tally } from "../rounds.ts";

/** From the Worker to the database's place and back. */
export const ROUND_TRIP_MS = 12;

/** How much is measured. */
export interface EdgeEffort {
  readonly rounds: number;
  /** Requests of each kind, one after the other. */
  readonly requests: number;
  /** Not counted. */
  readonly warmUps: number;
}

/** A turn: the median over its requests. */
export interface EdgeSample {
  readonly selectMs: number;
  readonly transactionMs: number;
}

/** One way's figures. */
export interface EdgeResult {
  readonly name: string;
  readonly consistsOf: string;
  readonly selectMs: Figure;
  readonly transactionMs: Figure;
}

/** What the numbers are, for whoever reads them without this file. */
export const EDGE_MEANS: Readonly<Record<string, string>> = {
  selectMs:
    "of the time from the request to the response that one select by primary key was made for",
  transactionMs: "the same for BEGIN, a select, an update and COMMIT",
  roundTripMs: "added to each answer that crosses the distance, and not to a TCP handshake; no TLS",
};

/** The ways, with what they are. */
export const EDGE_WAYS: readonly (Pick<EdgeResult, "name" | "consistsOf"> & {
  readonly by: string;
})[] = [
  { name: "a connection per request", consistsOf: "holdfast/postgres", by: "own" },
  { name: "a pool object near the database", consistsOf: "pooled(holdfast/postgres)", by: "pool" },
  {
    name: "Neon's HTTP and WebSocket",
    consistsOf: "holdfast/neon, its protocol's double",
    by: "neon",
  },
];

/** Builds the places and lets everybody have a turn in each round. */
export async function measureEdge(effort: EdgeEffort): Promise<readonly EdgeResult[]> {
  await using cluster = await startCluster({
    replicas: 0,
    auth: "scram-sha-256",
    password: "pw",
  });
  await fillAccounts(cluster.primary);
  await using far = await startProxy(cluster.primary.port);
  await using double = await startDouble(cluster.primary.port);
  await using farDouble = await startProxy(double.port);
  for (const proxy of [far, farDouble]) await proxy.behave({ kind: "delay", ms: ROUND_TRIP_MS });
  const { sqlUrl, webSocketUrl, url } = double.options();
  const through = (address: string): string => {
    return address.replace(`:${double.port}/`, `:${farDouble.port}/`);
  };
  await using place = await startPlace({
    entry: new URL("edge-worker.ts", import.meta.url),
    objects: ["HoldfastPool"],
    bindings: {
      NEAR_URL: cluster.primary.url(),
      FAR_URL: far.via(cluster.primary.url()),
      NEON: { url, sqlUrl: through(sqlUrl), webSocketUrl: through(webSocketUrl) },
      ROUND_TRIP_MS,
    },
  });
  const contestants = EDGE_WAYS.map((way): Contestant<EdgeSample> => ({
    name: way.name,
    measure: async () => ({
      selectMs: await medianOf(place, `/select?by=${way.by}`, effort),
      transactionMs: await medianOf(place, `/transaction?by=${way.by}`, effort),
    }),
  }));
  return summarise(await interleave(contestants, effort.rounds));
}

/** Figures from samples. */
export function summarise(tally: Tally<EdgeSample>): readonly EdgeResult[] {
  return EDGE_WAYS.map(({ name, consistsOf }) => ({
    name,
    consistsOf,
    selectMs: figureOf(tally, name, ({ selectMs }) => selectMs),
    transactionMs: figureOf(tally, name, ({ transactionMs }) => transactionMs),
  }));
}

async function medianOf(place: Place, path: string, effort: EdgeEffort): Promise<number> {
  const times: number[] = [];
  for (let n = -effort.warmUps; n < effort.requests; n++) {
    const startedAt = instant();
    const response = await place.fetch(path);
    if (!response.ok) throw new Error(`${path}: ${(await response.text()).slice(0, 200)}`);
    await response.text();
    if (n >= 0) times.push(instant() - startedAt);
  }
  return quantile(times, 0.5);
}

/**
 * The table: every connector on every runtime, or the reason why that cannot exist.
 */

import { type ConnectorName, CONNECTORS, type RuntimeName, RUNTIMES } from "./words.ts";

/** One cell of the table. */
export interface Cell {
  readonly connector: ConnectorName;
  readonly runtime: RuntimeName;
  /** Why nothing can run there. Absent: it runs. */
  readonly impossible?: string;
}

const NO_OBJECTS = "there are no Durable Objects outside Cloudflare";

const IMPOSSIBLE: Readonly<Record<ConnectorName, Partial<Record<RuntimeName, string>>>> = {
  postgres: { edge: "Vercel's edge runtime has no TCP" },
  pooled: {
    node22: NO_OBJECTS,
    node24: NO_OBJECTS,
    deno: NO_OBJECTS,
    bun: NO_OBJECTS,
    edge: NO_OBJECTS,
    "durable-object": "it lends to Workers: an object's own connections outlive a request",
  },
  neon: {},
  planetscale: {},
};

/** All cells, by connector and then by runtime. */
export const CELLS: readonly Cell[] = CONNECTORS.flatMap((connector) =>
  RUNTIMES.map((runtime): Cell => {
    const impossible = IMPOSSIBLE[connector][runtime];
    return { connector, runtime, ...(impossible === undefined ? {} : { impossible }) };
  })
);

/** The runtimes where isolates have no store to share by, with the reason. */
export const NO_STORE: Partial<Record<RuntimeName, string>> = {
  edge: "Vercel's edge runtime has no store of its own",
};

/** As they are told to people, in Markdown. */
export const CONNECTOR_TITLES: Readonly<Record<ConnectorName, string>> = {
  postgres: "`holdfast/postgres`",
  pooled: "`pooled(…)` of `holdfast/cloudflare`",
  neon: "`holdfast/neon`",
  planetscale: "`holdfast/planetscale`",
};

/** As they are told to people. */
export const RUNTIME_TITLES: Readonly<Record<RuntimeName, string>> = {
  node22: "Node 22",
  node24: "Node 24",
  deno: "Deno",
  bun: "Bun",
  workers: "Worker",
  "durable-object": "Durable Object",
  edge: "Vercel edge",
};

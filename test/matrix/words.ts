/**
 * What the run and the programs it starts in each place tell each other. Nothing of a runtime in here.
 */

/** Where the built package is tried. */
export const RUNTIMES = [
  "node22",
  "node24",
  "deno",
  "bun",
  "workers",
  "durable-object",
  "edge",
] as const;
export type RuntimeName = (typeof RUNTIMES)[number];

/** What it is tried with. */
export const CONNECTORS = ["postgres", "pooled", "neon", "planetscale"] as const;
export type ConnectorName = (typeof CONNECTORS)[number];

/** A connector's options, as they travel. */
export type Settings = string | Readonly<Record<string, string>>;

/** A fault as the program plays it; the ground does what is to be done outside. */
export interface FaultOrder {
  readonly name: string;
  /** Whom to connect to. */
  readonly settings: Settings;
  /** When it begins: before anything is opened, or on a connection that has answered. */
  readonly strikes: "connect" | "statement";
  readonly text: string;
  /** No answer ever comes: the connection is destroyed, as at a deadline. */
  readonly silent: boolean;
}

/** What a program is to do. */
export interface Task {
  readonly connector: ConnectorName;
  readonly primary: Settings;
  readonly replica: Settings;
  /** Tells its rows from another cell's. */
  readonly name: string;
  /** Asked by POST, `/begin/<fault>` and `/end/<fault>`, to do what cannot be done from inside. */
  readonly control: string;
  readonly faults: readonly FaultOrder[];
  /** Where what is shared is kept: Redis' URL, or a file of Deno's. */
  readonly shared: string;
}

/** What is found of the connector's contract. */
export interface ContractTold {
  /** How many cases were played; the others are impossible with this connector, and say why. */
  readonly played: number;
  /** What is not kept, by the case's name. */
  readonly broken: Readonly<Record<string, string>>;
}

/** What a program found. */
export interface Told {
  /** The whole path, by what was looked at. */
  readonly path: Readonly<Record<string, unknown>>;
  /** What isolates know together; empty where they have no store. */
  readonly shared: Readonly<Record<string, unknown>>;
  readonly contract: ContractTold;
  /** Kind, scope and executed by the fault's name. */
  readonly faults: Readonly<Record<string, string>>;
}

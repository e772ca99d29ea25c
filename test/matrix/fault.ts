/**
 * What a fault is: the same thing gone wrong for each connector, as far as it can go wrong there.
 */

import type { NeonDoors, PlanetscaleDoors, PostgresDoors } from "./doors.ts";
import type { Settings } from "./words.ts";

/** How one connector meets it. */
export interface Play {
  /** Whom to connect to. @default the cell's primary */
  readonly settings?: Settings;
  /** The statement that meets it. @default a write */
  readonly text?: string;
  /** What is done outside when it begins, and undone when it is over. */
  readonly begin?: () => Promise<void> | void;
  readonly end?: () => Promise<void> | void;
}

/** What makes it, or why it cannot happen there. */
export type Maker<Doors> = (doors: Doors) => Play | string;

/** One row of the table of faults. */
export interface Fault {
  /** As it is told to people. */
  readonly name: string;
  /** When it begins: before anything is opened, or on a connection that has answered. */
  readonly strikes: "connect" | "statement";
  /** No answer ever comes. @default {false} */
  readonly silent?: boolean;
  readonly postgres: Maker<PostgresDoors>;
  readonly neon: Maker<NeonDoors>;
  readonly planetscale: Maker<PlanetscaleDoors>;
}

/** What the tests tell `shared-worker.ts`, and what it says. */

import type { HoldfastOptions } from "../../mod.ts";

/** What the Worker is made with. */
export interface Shape {
  readonly urls: Readonly<Record<string, string>>;
  /** JSON only. */
  readonly options?: Partial<HoldfastOptions>;
  readonly store?: "none";
  readonly bootstrap?: boolean;
}

/** How the object behaves towards one isolate. */
export type Mood = "well" | "slow" | "unreachable" | "overloaded";

export interface Burst {
  readonly text: string;
  readonly count: number;
}

export interface Load {
  readonly text: string;
  readonly forMs: number;
  readonly width: number;
}

/** What the object knows of itself. */
export interface ObjectSays {
  /** Another one after each eviction. */
  readonly life: string;
  /** How often its alarm rang in this life. */
  readonly rings: number;
  readonly alarmAt: number | null;
}

/** The three connectors by name, of the packed package. */

import { neon, type NeonOptions } from "../../../adapters/connectors/neon/mod.ts";
import {
  planetscale,
  type PlanetscaleOptions,
} from "../../../adapters/connectors/planetscale/mod.ts";
import { postgres } from "../../../adapters/connectors/postgres/mod.ts";
import type { HoldfastOptions } from "../../../mod.ts";
import type { Connector } from "../../../src/ports.ts";
import type { ConnectorName, Settings, Task } from "../words.ts";

/** Makes one, of any kind; what pool objects lend is PostgreSQL's. */
export function connectorOf(name: ConnectorName, settings: Settings): Connector {
  // The ground made the settings for this connector.
  if (name === "postgres" || name === "pooled") return postgres(settings as string);
  if (name === "neon") return neon(settings as unknown as NeonOptions);
  return planetscale(settings as unknown as PlanetscaleOptions);
}

/** The holdfast of a task. */
export function optionsOf(
  task: Task,
  of: (settings: Settings, id: string) => Connector = (settings) =>
    connectorOf(task.connector, settings),
): HoldfastOptions {
  return {
    endpoints: [
      { id: "primary", role: "primary", connector: of(task.primary, "primary") },
      { id: "replica", role: "replica", connector: of(task.replica, "replica") },
    ],
    readPreference: "secondaryPreferred",
    session: { pinAfterWriteMs: 0 },
    // A store is asked as soon as may be, or the cell would wait for it.
    sharing: { quietSyncMs: 1_000 },
    alerts: false,
  };
}

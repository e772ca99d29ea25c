/**
 * The pools that a thousand callers share. The first is the one the others are compared with.
 *
 * @module
 */

import {
  type Client,
  holdfast,
  pgNamed,
  postgresJsDefault,
  postgresJsUnpipelined,
} from "../contestants/clients.ts";

/** Opens a client with so many connections. */
export type OpenClient = (url: string, connections: number) => Client;

/** By name, because a child process is told names only. */
export const POOL_CLIENTS: ReadonlyMap<string, OpenClient> = new Map<string, OpenClient>([
  ["holdfast", holdfast],
  ["postgres.js", postgresJsDefault],
  ["postgres.js max_pipeline 1", postgresJsUnpipelined],
  ["pg named", pgNamed],
]);

/** The one of that name. */
export function poolClient(name: string): OpenClient {
  const open = POOL_CLIENTS.get(name);
  if (open === undefined) throw new Error(`No pool is called ${JSON.stringify(name)}`);
  return open;
}

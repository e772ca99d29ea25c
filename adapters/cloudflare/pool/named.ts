/**
 * Tells every pooled connector whose it is: by that the Worker names the object, and the object finds its connector.
 *
 * @module
 */

import { OptionError, type OptionProblem } from "../../../src/errors.ts";
import type { HoldfastOptions } from "../../../src/options/types.ts";
import type { Connector } from "../../../src/ports.ts";
import type { PooledConnector } from "./pooled.ts";

/** Whether it goes through pool objects. */
export function isPooled(connector: Connector): connector is PooledConnector {
  return connector.name === "pooled" && "servedAs" in connector;
}

/**
 * The options, with each pooled connector made for its endpoint. What makes no sense is left for the check to refuse.
 *
 * @throws an `OptionError` where two go by one name: the object would lend the connections of the first to both
 */
export function named(options: HoldfastOptions): HoldfastOptions {
  const given: unknown = options;
  if (typeof given !== "object" || given === null || !Array.isArray(options.endpoints)) {
    return options;
  }
  const endpoints: readonly Declared[] = options.endpoints;
  const served = endpoints.map((endpoint) => {
    if (!isPooledEndpoint(endpoint)) return endpoint;
    return { ...endpoint, connector: endpoint.connector.servedAs(endpoint.id) };
  });
  refuseNamesakes(served);
  return { ...options, endpoints: served };
}

function refuseNamesakes(endpoints: readonly Declared[]): void {
  const names = endpoints.map((one) => isPooledEndpoint(one) ? one.connector.endpoint : undefined);
  const problems = names.flatMap((name, at): OptionProblem[] => {
    if (name === undefined || names.indexOf(name) === at) return [];
    return [{
      path: `endpoints[${at}].connector.endpoint`,
      value: JSON.stringify(name),
      allowed: "a name of its own: another pooled endpoint has it, and would share its connections",
    }];
  });
  if (problems.length > 0) throw new OptionError(problems);
}

type Declared = HoldfastOptions["endpoints"][number];

function isPooledEndpoint(
  endpoint: Declared,
): endpoint is Declared & { readonly connector: PooledConnector } {
  const connector: unknown = (endpoint as Partial<Declared> | null)?.connector;
  return typeof connector === "object" && connector !== null && isPooled(connector as Connector);
}

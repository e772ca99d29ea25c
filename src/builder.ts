/**
 * The availability guide's way to the same thing: a builder, and an object with the guide's method names.
 *
 * @module
 */

import { createHoldfast, type Holdfast } from "./holdfast.ts";
import type { RoleWord } from "./model/endpoint.ts";
import type { QueryType } from "./model/statement.ts";
import type { Result, Row } from "./model/result.ts";
import { readingOf } from "./observe/reading.ts";
import type {
  BalanceOptions,
  EndpointOptions,
  ExecutionOptions,
  HoldfastOptions,
  ReadPreferenceOptions,
  ReadPreferenceWord,
} from "./options/types.ts";

/** Everything `createHoldfast` takes that the builder has no method for. */
export type FurtherOptions = Omit<
  HoldfastOptions,
  "endpoints" | "balance" | "readPreference" | "execution"
>;

/** Collects options step by step. */
export class AvailabilitySystemBuilder {
  readonly #endpoints: EndpointOptions[] = [];
  #options: Omit<HoldfastOptions, "endpoints"> = {};

  /** How load is spread. @default {"p2c"} */
  withLoadBalancingStrategy(balance: BalanceOptions): this {
    this.#options = { ...this.#options, balance };
    return this;
  }

  /** Where reads may run. @default {"primary"} */
  withReadPreference(readPreference: ReadPreferenceWord | ReadPreferenceOptions): this {
    this.#options = { ...this.#options, readPreference };
    return this;
  }

  /** Retries and time limits: a preset such as `ExecutionStrategy.robust()`, or your own. */
  withExecutionStrategy(execution: ExecutionOptions): this {
    this.#options = { ...this.#options, execution };
    return this;
  }

  /** Everything else: circuit, pool, probe and so on. */
  withOptions(options: FurtherOptions): this {
    this.#options = { ...this.#options, ...options };
    return this;
  }

  /** One more endpoint. */
  addDatabaseEndpoint(endpoint: EndpointOptions): this {
    this.#endpoints.push(endpoint);
    return this;
  }

  /**
   * Checks the options and asks every endpoint who it is. An endpoint that does not answer is no error.
   *
   * @throws an {@link OptionError} that lists every wrong option
   */
  async build(): Promise<AvailabilitySystem> {
    const holdfast = createHoldfast({ ...this.#options, endpoints: this.#endpoints });
    await holdfast.discover();
    return new AvailabilitySystem(holdfast);
  }
}

/** The guide's summary of all endpoints. */
export interface SystemStats {
  readonly totalEndpoints: number;
  /** Those that get traffic: neither out, nor on trial, nor on their way out. */
  readonly availableEndpoints: number;
  /** Mean of the smoothed answer times of the available endpoints that have answered in the last 10 to 20 seconds; 0: none has. */
  readonly avgResponseTimeMs: number;
  /** Mean score, 0 to 100. */
  readonly avgHealthScore: number;
  readonly totalConnections: number;
  /** How many endpoints are believed to have each role; roles nobody has are left out. */
  readonly endpointsByRole: Readonly<Record<string, number>>;
}

/** The object the guide's programs hold. */
export class AvailabilitySystem implements AsyncDisposable {
  /** The same system with holdfast's own methods. */
  readonly holdfast: Holdfast;

  /** @internal Made by {@link AvailabilitySystemBuilder}. */
  constructor(holdfast: Holdfast) {
    this.holdfast = holdfast;
  }

  /**
   * Runs a query where it may run. `queryType` can only make holdfast more careful: a `select` that
   * calls a writing function is a write all the same.
   */
  executeQuery<R = Row>(
    sql: string,
    params: readonly unknown[] = [],
    queryType: QueryType = "select",
  ): Promise<Result<R>> {
    return queryType === "select"
      ? this.holdfast.query<R>(sql, params)
      : this.holdfast.execute<R>(sql, params);
  }

  /** Runs a command on the primary. */
  executeCommand<R = Row>(sql: string, params: readonly unknown[] = []): Promise<Result<R>> {
    return this.holdfast.execute<R>(sql, params);
  }

  /** The guide's summary. */
  getSystemStats(): SystemStats {
    const stats = this.holdfast.stats();
    const reading = readingOf(stats);
    const endpointsByRole: Record<string, number> = {};
    for (const { role } of stats.endpoints) {
      endpointsByRole[role] = (endpointsByRole[role] ?? 0) + 1;
    }
    return {
      totalEndpoints: reading.totalEndpoints,
      availableEndpoints: reading.availableEndpoints,
      avgResponseTimeMs: reading.avgResponseMs ?? 0,
      avgHealthScore: reading.avgScore ?? 0,
      totalConnections: reading.totalConnections,
      endpointsByRole,
    };
  }

  /** Takes an endpoint in. */
  addEndpoint(endpoint: EndpointOptions): void {
    this.holdfast.addEndpoint(endpoint);
  }

  /** Lets an endpoint go after what runs there has finished. */
  removeEndpoint(id: string): Promise<void> {
    return this.holdfast.removeEndpoint(id);
  }

  /** Makes `to` the primary instead of `from`. */
  async manualFailover(from: string, to: string): Promise<void> {
    await this.holdfast.failover(from, to);
  }

  /** Closes every connection. */
  close(): Promise<void> {
    return this.holdfast.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** The guide's `DatabaseEndpoint::new(id, config, role, weight)`, with a connector in the place of the config. */
export function databaseEndpoint(
  id: string,
  connector: EndpointOptions["connector"],
  role: RoleWord,
  weight: number,
): EndpointOptions {
  return { id, connector, role, weight };
}

/**
 * postgres.js, one instance per connection, on a line that is ours.
 *
 * It does what it does well: the login, the encoding of values, the first run of every statement.
 * What it does badly when a server dies (reconnect, poison its slot, hand the next statement an old
 * error, crash: `reference/postgres.md` 3b) all begins with its hearing that the socket closed. It
 * never hears it: its "socket" is a {@link Port}, and after the line's death nobody calls it again.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import postgres from "postgres";
import { parameterText, type Parsers, type Serializers } from "../pg-server/arrays.ts";
import { lineFailure } from "../pg-server/failure.ts";
import type { Target } from "./options.ts";
import { transformOf } from "./column-name.ts";
import { hint } from "./plan.ts";

/** What postgres.js describes of a statement it ran. */
export interface Described {
  readonly name?: unknown;
  readonly types?: unknown;
  readonly columns?: unknown;
}

/** What it resolves a statement with; a script resolves with a plain array of these. */
export type DriverResult = unknown[] & {
  readonly statement?: Described;
  readonly command?: string;
};

/** How it is to send a statement. */
export interface DriverOptions {
  readonly prepare: boolean;
  /** One simple query message, which may hold several statements. */
  readonly simple: boolean;
}

export const SCRIPT: DriverOptions = { prepare: false, simple: true };
export const PREPARED: DriverOptions = { prepare: true, simple: false };
export const UNNAMED: DriverOptions = { prepare: false, simple: false };

/** Takes what postgres.js wants to send. */
export interface Sink {
  write(bytes: Buffer): void;
  /** It wants the line cut: the server did not prove that it knows the password. */
  cut(): void;
}

/** The part of a socket that postgres.js uses, deaf to everything but data. */
class Port {
  readonly #sink: Sink;
  readonly #started: () => void;
  deliver: ((bytes: Buffer) => void) | undefined;
  readonly readyState = "open";

  constructor(sink: Sink, started: () => void) {
    this.#sink = sink;
    this.#started = started;
  }

  on(event: string, listener: (bytes: Buffer) => void): this {
    if (event !== "data") return this;
    this.deliver = listener;
    this.#started();
    return this;
  }

  once(): this {
    return this;
  }

  removeListener(): this {
    return this;
  }

  removeAllListeners(): this {
    return this;
  }

  write(bytes: Buffer): boolean {
    this.#sink.write(bytes);
    return true;
  }

  end(): void {
    this.#sink.cut();
  }

  destroy(): void {
    this.#sink.cut();
  }

  // COPY, which is refused, is all that would ask for these.
  pause(): void {}
  resume(): void {}
}

/** Options of postgres.js that its types do not mention. */
interface Untyped {
  readonly socket: () => Promise<Port>;
  readonly no_subscribe: boolean;
  readonly max_pipeline: number;
  readonly sslnegotiation: null;
}

/** One instance of postgres.js. */
export class Driver {
  readonly #sql: postgres.Sql;
  readonly #port: Port;
  /** Its ways of writing values; not part of its documented interface, so it may be without. */
  readonly serializers: Serializers | undefined;

  /** `started` is told once, when it is ready to be given what the server sends. */
  constructor(target: Target, password: string | undefined, sink: Sink, started: () => void) {
    this.#port = new Port(sink, started);
    let handedOut = false;
    const socket = (): Promise<Port> => {
      // A second call would be a reconnect. There is none, and this makes sure.
      if (handedOut) return Promise.reject(lineFailure("CONNECTION_CLOSED", "connecting"));
      handedOut = true;
      return Promise.resolve(this.#port);
    };
    const options: postgres.Options<Record<string, postgres.PostgresType>> & Untyped = {
      host: target.address.host,
      port: target.address.port,
      ...(target.database === undefined ? {} : { database: target.database }),
      ...(target.user === undefined ? {} : { user: target.user }),
      ...(password === undefined ? {} : { password }),
      types: { ...target.types },
      transform: transformOf(target.transform),
      connection: { ...target.startup },
      prepare: target.prepare,
      // One connection, one statement at a time, no time limit and no line of its own making. All
      // are given, because what is not is looked up in the environment (PGMAX, PGSSL, …).
      max: 1,
      max_pipeline: 1,
      socket,
      ssl: false,
      sslnegotiation: null,
      connect_timeout: 0,
      idle_timeout: 0,
      max_lifetime: null,
      keep_alive: 0,
      backoff: false,
      fetch_types: false,
      no_subscribe: true,
      debug: false,
      // Notices are read off the line, where those of the fast way come by as well.
      onnotice: ignore,
    };
    this.#sql = plain(options);
    this.serializers = tablesOf(this.#sql).serializers;
    if (this.serializers !== undefined) {
      Object.assign(this.#sql.options, { serializers: forAnyType(this.serializers) });
    }
  }

  /** Its ways of reading values. */
  get parsers(): Parsers {
    return tablesOf(this.#sql).parsers ?? {};
  }

  /** Gives it whole messages of the server. */
  deliver(bytes: Buffer): void {
    this.#port.deliver?.(bytes);
  }

  run(text: string, params: readonly unknown[], options: DriverOptions): Promise<DriverResult> {
    // `simple` is understood but missing in the types.
    const how: postgres.UnsafeQueryOptions = options;
    // postgres.js takes an array for its first element; without a type the server decides.
    const given = params.map((value) =>
      // It takes every bigint for 64 bits.
      typeof value === "bigint" && hint(value) === 0
        ? String(value)
        : Array.isArray(value) && (typeof firstOf(value) === "bigint" || hint(value[0]) !== 0)
        ? this.#sql.typed(value as never, 0)
        : value
    );
    // It passes on whatever it is given; the types only list what it can encode on its own.
    const query = this.#sql.unsafe(text, given as postgres.ParameterOrJSON<never>[], how);
    // A result is an array with more to it; nothing else is assumed of it here.
    return query.execute() as Promise<unknown> as Promise<DriverResult>;
  }
}

/** Of arrays in arrays, the first that is none. Bounded as PostgreSQL's are: six dimensions. */
function firstOf(array: readonly unknown[]): unknown {
  let first: unknown = array;
  for (let depth = 0; depth <= 6 && Array.isArray(first); depth++) first = first[0];
  return first;
}

type Instance = postgres.Sql;
type InstanceOptions = postgres.Options<Record<string, postgres.PostgresType>>;

/** With PGTARGETSESSIONATTRS in the environment it would hang up on half of all servers. */
function plain(options: InstanceOptions): Instance {
  const sql = postgres(options);
  if (!sql.options.target_session_attrs) return sql;
  // Options it has parsed once are taken over as they are, the environment left aside.
  return postgres({ ...sql.options, target_session_attrs: null } as never);
}

/** The tables of postgres.js, as far as it shows them. */
export interface TypeTables {
  readonly parsers?: Parsers | undefined;
  readonly serializers?: Serializers | undefined;
}

function tablesOf(sql: Instance): TypeTables {
  return sql.options;
}

/** The tables for a set of custom types, without any connection. */
export function typeTables(types: Target["types"]): TypeTables {
  const options: InstanceOptions & Pick<Untyped, "no_subscribe"> = {
    host: "localhost",
    user: "nobody",
    max: 1,
    types: { ...types },
    no_subscribe: true,
  };
  return tablesOf(postgres(options));
}

/** What it has no serializer for it would write as `"" + value`: of an object, "[object Object]". */
function forAnyType(serializers: Serializers): Serializers {
  return new Proxy(serializers, {
    has: () => true,
    get: (known, type) => Reflect.get(known, type) as Serializers[number] ?? parameterText,
  });
}

function ignore(): void {}

/**
 * How the database does, by its own account, in one round trip.
 *
 * @module
 */

import { Failure } from "../../../src/model/failure.ts";
import type { Vitals } from "../../../src/ports.ts";
import { type Ask, firstRow } from "./ask.ts";
import { LAG, type Lags } from "./lag.ts";

/**
 * `[used, most]`. Of the ways to count, the cheapest: 0.3 µs per session measured with 600 of them, where
 * `pg_stat_activity` takes 9 and `pg_stat_database` 1 (with three databases; it passes over the sessions
 * once for each). It needs no rights, and counts what works in some database: the workers of parallel queries and of autovacuum
 * too, which only `pg_stat_activity` could tell apart, and that not to everyone.
 *
 * An application is refused (53300) when the slots kept for superusers are left: they are no part of
 * what there is.
 */
const CONNECTIONS = `select json_build_array(
    count(*),
    current_setting('max_connections')::int
      - current_setting('superuser_reserved_connections')::int
      - coalesce(current_setting('reserved_connections', true)::int, 0)
  )::text
  from pg_stat_get_backend_idset() as backend where pg_stat_get_backend_dbid(backend) <> 0`;

/** `[bytes]`, as text: JSON's numbers end at 2^53. Received counts: a promotion replays it first. */
const POSITION = `select json_build_array((case
    when pg_is_in_recovery() then greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())
    else pg_current_wal_lsn()
  end - '0/0'::pg_lsn)::text)::text`;

/**
 * What a part may be refused with: no permission, no such function, not supported, not now; and where
 * the server is an old one or only speaks like PostgreSQL, no such column, relation or setting.
 */
const REFUSALS: ReadonlySet<string> = new Set([
  "42501",
  "42883",
  "0A000",
  "55000",
  "42703",
  "42P01",
  "42704",
]);

interface Part {
  readonly text: string;
  readonly read: (values: readonly unknown[]) => Vitals;
}

/** Asks one server how it does, and remembers what it does not tell. */
export class Measure {
  readonly #ask: Ask;
  #parts: readonly Part[];

  constructor(ask: Ask, lags: Lags) {
    this.#ask = ask;
    this.#parts = [
      { text: CONNECTIONS, read: readConnections },
      { text: LAG, read: (values) => optional("lagMs", lags.read(values)) },
      { text: POSITION, read: readPosition },
    ];
  }

  /** Rejects with a `Failure`, but never because something is not told. */
  async take(): Promise<Vitals> {
    const parts = this.#parts;
    try {
      return await this.#takeOf(parts);
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
    // A refusal does not say of which part: each is asked for alone, once.
    const told: Part[] = [];
    let vitals: Vitals = {};
    for (const part of parts) {
      try {
        vitals = { ...vitals, ...await this.#takeOf([part]) };
        told.push(part);
      } catch (error) {
        if (!isRefusal(error)) throw error;
      }
    }
    this.#parts = told;
    return vitals;
  }

  async #takeOf(parts: readonly Part[]): Promise<Vitals> {
    if (parts.length === 0) return {};
    const columns = parts.map(({ text }, i) => `(${text}) as part${i}`);
    // What calls `random()` no cache on the way answers (Hyperdrive keeps reads for a minute).
    const text = `select ${columns.join(", ")}, random() as uncached`;
    const values = firstRow(await this.#ask(text, true));
    return Object.assign({}, ...parts.map(({ read }, i) => read(parse(values[i])))) as Vitals;
  }
}

function readConnections([used, most]: readonly unknown[]): Vitals {
  if (typeof used !== "number" || typeof most !== "number") return {};
  return { connectionsUsed: used, connectionsMax: most };
}

function readPosition([bytes]: readonly unknown[]): Vitals {
  return optional("position", typeof bytes === "string" ? BigInt(bytes) : undefined);
}

function optional<K extends keyof Vitals>(name: K, value: Vitals[K] | undefined): Vitals {
  return value === undefined ? {} : { [name]: value };
}

/** A caller's own types or transforms may have made something else of it. */
function parse(text: unknown): readonly unknown[] {
  try {
    const values: unknown = typeof text === "string" ? JSON.parse(text) : undefined;
    return Array.isArray(values) ? values : [];
  } catch {
    return [];
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof Failure && error.connection === "usable" &&
    REFUSALS.has(error.code ?? "");
}

/**
 * Statements about the cluster itself, each on a connection of its own that cannot hang: the tests'
 * way to look at a node without the library under test.
 *
 * @module
 */

import pg from "pg";

/** Who asks, and where. */
export interface Address {
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string | undefined;
}

/** A row as `pg` gives it. */
export type AdminRow = Record<string, unknown>;

/** Runs one statement and closes; rejects when the whole of it takes longer than `timeoutMs`. */
export async function ask<R extends AdminRow = AdminRow>(
  address: Address,
  text: string,
  params: readonly unknown[] = [],
  timeoutMs: number = 10_000,
): Promise<R[]> {
  const client = new pg.Client({
    host: "127.0.0.1",
    port: address.port,
    database: address.database,
    user: address.user,
    // `pg` would look into the environment and ~/.pgpass for an undefined one.
    password: address.password ?? "",
    ssl: false,
    connectionTimeoutMillis: Math.min(timeoutMs, 3_000),
    application_name: "holdfast-admin",
  });
  // Without a listener a connection that dies while idle ends the process.
  client.on("error", () => {});
  let late: NodeJS.Timeout | undefined;
  try {
    await client.connect();
    const answer = client.query<R>(text, [...params]);
    const tooLate = new Promise<never>((_, reject) => {
      late = setTimeout(
        () => reject(new Error(`No answer within ${timeoutMs} ms: ${text}`)),
        timeoutMs,
      );
    });
    return (await Promise.race([answer, tooLate])).rows;
  } finally {
    clearTimeout(late);
    client.connection.stream.destroy();
  }
}

/** A string as an SQL literal. */
export function literal(text: string): string {
  return pg.escapeLiteral(text);
}

/** A name as a quoted SQL identifier. */
export function name(text: string): string {
  return pg.escapeIdentifier(text);
}

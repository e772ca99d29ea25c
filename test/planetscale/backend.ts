/**
 * The database behind the double: statements on real MySQL connections, one for each session that has a
 * transaction or a setting, as ps-http-sim has them (github.com/mattrobenolt/ps-http-sim, main.go).
 */

import type { FieldPacket, ResultSetHeader } from "mysql2";
import { type Connection, createConnection } from "mysql2/promise";
import { vitessType } from "./vitess-types.ts";

/** What the API gives for a statement, without the session. */
export interface WireResult {
  readonly fields?: readonly Record<string, unknown>[];
  readonly rows?: readonly { readonly lengths: readonly string[]; readonly values?: string }[];
  readonly rowsAffected?: string;
  readonly insertId?: string;
}

/** Where a session's statements go. */
export interface Backend {
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

/** A MySQL connection, and whether it holds something for its session. */
export interface Line {
  readonly connection: Connection;
  readonly backend: Backend;
  isOpen: boolean;
  /** Whether its session has set something on it. */
  isSet: boolean;
}

export async function openLine(backend: Backend): Promise<Line> {
  const { port, user, password } = backend;
  const connection = await createConnection({
    host: "127.0.0.1",
    port,
    user,
    password,
    database: "app",
    charset: "utf8mb4_general_ci",
    // As vtgate does (`clientFoundRows` in its sessions): an update that changes nothing has found its row.
    flags: ["FOUND_ROWS"],
  });
  // Otherwise mysql2 hears of SET NAMES and writes in that character set; vtgate writes UTF-8, whatever is set.
  await connection.query("set session_track_system_variables = ''");
  const line = { connection, backend, isOpen: true, isSet: false };
  connection.on("error", () => void (line.isOpen = false));
  connection.on("end", () => void (line.isOpen = false));
  return line;
}

/** Runs a statement; rejects with the server's error. */
export async function execute(line: Line, sql: string): Promise<WireResult> {
  const [result, fields] = await line.connection.query({
    sql,
    rowsAsArray: true,
    // The values as they came, byte for byte.
    typeCast: (field: { buffer(): Buffer | null }) => field.buffer(),
  }) as unknown as [(Buffer | null)[][] | ResultSetHeader, FieldPacket[] | undefined];
  if (!Array.isArray(result)) {
    const { affectedRows, insertId } = result;
    return {
      ...(affectedRows === 0 ? {} : { rowsAffected: String(affectedRows) }),
      ...(insertId === 0 ? {} : { insertId: String(insertId) }),
    };
  }
  return {
    fields: (fields ?? []).map(fieldOf),
    rows: result.map((row) => ({
      lengths: row.map((value) => String(value === null ? -1 : value.length)),
      values: Buffer.concat(row.filter((value) => value !== null)).toString("base64"),
    })),
  };
}

function fieldOf(field: FieldPacket): Record<string, unknown> {
  const { name, columnType = 253, characterSet, flags } = field as FieldPacket & {
    readonly characterSet: number;
    readonly flags: number;
  };
  const type = vitessType(columnType, flags);
  return {
    name,
    ...(type === "" ? {} : { type }),
    ...(characterSet === 0 ? {} : { charset: characterSet }),
    ...(flags === 0 ? {} : { flags }),
  };
}

/** Whether the connection has a transaction open, by the server's own word. */
export async function isInTransaction(line: Line): Promise<boolean> {
  const [rows] = await line.connection.query("select @@in_transaction as open");
  return (rows as { readonly open: number }[])[0]?.open === 1;
}

/**
 * Translates what goes wrong on a line into a {@link Failure}. Messages carry no address: hosts and
 * ports are part of the URL, and that never leaves.
 *
 * @module
 */

import { Failure, type FailurePhase, type ServerReport } from "../../../src/model/failure.ts";
import { isEnding, type ServerFields } from "./fields.ts";

/** Words for the codes a system, postgres.js or we give a broken line. */
const MESSAGES: Readonly<Record<string, string>> = {
  CONNECTION_CLOSED: "The server closed the connection",
  CONNECTION_DESTROYED: "The connection was cut from our side",
  CONNECTION_ENDED: "The connection was closed from our side",
  CONNECT_TIMEOUT: "The connection was not ready in time",
  ABORT_ERR: "The caller's signal fired while connecting",
  ECONNREFUSED: "The server refused the connection",
  ECONNRESET: "The connection was reset",
  EPIPE: "The connection was closed while writing to it",
  ETIMEDOUT: "The network gave up on the connection",
  EHOSTUNREACH: "No route leads to the server",
  ENETUNREACH: "The server's network cannot be reached",
  ENOTFOUND: "The server's name is not known",
  EAI_AGAIN: "The name service did not answer",
  TLS_HANDSHAKE:
    "TLS could not be agreed upon. Workers trust public certificate authorities and this host's name only",
  ERR_OPTION_NOT_IMPLEMENTED:
    "This place lacks one of the TLS options. Workers always check the certificate: leave the options out",
  PROTOCOL: "What the server sent is not PostgreSQL's protocol",
};

/** A failure of the line itself; such a connection is never usable again. */
export function lineFailure(code: string, phase: FailurePhase, message?: string): Failure {
  return new Failure({
    origin: code === "ABORT_ERR" ? "client" : "network",
    phase,
    code,
    message: message ?? MESSAGES[code] ?? `The connection failed (${code})`,
    connection: "broken",
  });
}

/** For a statement that came after the line's death: it was never sent, whatever the line died of. */
export function afterwards(death: Failure | undefined): Failure {
  if (death === undefined) return lineFailure("CONNECTION_ENDED", "connecting");
  return new Failure({
    origin: death.origin,
    phase: "connecting",
    ...(death.code === undefined ? {} : { code: death.code }),
    message: death.message,
    connection: "broken",
    ...(death.report === undefined ? {} : { report: death.report }),
  });
}

/** An error of a socket, of a name lookup or of TLS. */
export function socketFailure(error: unknown, phase: FailurePhase): Failure {
  if (error instanceof Failure) return error;
  const code = codeOf(error);
  if (code === undefined) {
    // Deno and workerd give some errors no code; the text is all there is.
    const message = error instanceof Error && error.message !== "" ? error.message : String(error);
    return new Failure({ origin: "network", phase, message, connection: "broken" });
  }
  const isTls = /CERT|TLS|SSL|SELF_SIGNED|ISSUER|EPROTO/.test(code);
  const detail = isTls && error instanceof Error ? `: ${error.message}` : "";
  return lineFailure(
    code,
    phase,
    MESSAGES[code] ?? `The connection failed (${code})${detail}`,
  );
}

/** Happy eyeballs fails with one error per address; the first one's code speaks for all. */
function codeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  if ("code" in error && typeof error.code === "string" && error.code !== "") return error.code;
  return error instanceof AggregateError ? codeOf(error.errors[0]) : undefined;
}

/** The server's own word. An ERROR leaves the connection as it was; FATAL and PANIC end it. */
export function serverFailure(fields: ServerFields, phase: FailurePhase): Failure {
  return new Failure({
    origin: "server",
    phase,
    ...(fields.code === undefined ? {} : { code: fields.code }),
    message: fields.message ?? "The server gave no message",
    connection: phase === "connecting" || isEnding(fields) ? "broken" : "usable",
    report: reportOf(fields),
  });
}

/** A failure of our own side, for example a parameter that cannot be encoded. */
export function clientFailure(
  message: string,
  code: string | undefined,
  phase: FailurePhase,
  connection: "usable" | "broken",
): Failure {
  return new Failure({
    origin: "client",
    phase,
    ...(code === undefined ? {} : { code }),
    message,
    connection,
  });
}

/**
 * What postgres.js rejected a statement with: a server's error (it carries the severity) or one of
 * its own making, such as `UNDEFINED_VALUE` or a serializer that threw.
 */
export function driverFailure(error: unknown, answering: boolean): Failure {
  if (error instanceof Failure) return error;
  if (isServerError(error)) return serverFailure(error, answering ? "answering" : "sent");
  const message = error instanceof Error ? error.message : String(error);
  // Once rows had come, it is the decoding that failed: the statement ran, and the rest of its
  // answer is of no use, so the line goes. Before, nothing was executed.
  return answering
    ? clientFailure(message, codeOf(error), "answering", "broken")
    : clientFailure(message, codeOf(error), "sent", "usable");
}

function isServerError(error: unknown): error is ServerFields {
  return typeof error === "object" && error !== null &&
    ("severity" in error || "severity_local" in error);
}

function reportOf(fields: ServerFields): ServerReport {
  const severity = fields.severity ?? fields.severity_local;
  const position = fields.position === undefined ? Number.NaN : Number(fields.position);
  const report: { -readonly [Name in keyof ServerReport]: ServerReport[Name] } = {};
  if (severity !== undefined) report.severity = severity;
  if (fields.detail !== undefined) report.detail = fields.detail;
  if (fields.hint !== undefined) report.hint = fields.hint;
  if (Number.isInteger(position)) report.position = position;
  if (fields.schema_name !== undefined) report.schema = fields.schema_name;
  if (fields.table_name !== undefined) report.table = fields.table_name;
  if (fields.column_name !== undefined) report.column = fields.column_name;
  if (fields.constraint_name !== undefined) report.constraint = fields.constraint_name;
  if (fields.routine !== undefined) report.routine = fields.routine;
  return report;
}

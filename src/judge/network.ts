/**
 * Failures of the line: names, sockets, TLS, silence.
 *
 * The phase, never the code, says whether the statement may have run: a cut before the server read
 * the statement and one after it had committed look the same to a client, byte for byte (measured
 * with a cutting proxy, `reference/postgres.md` 3), and drivers that reconnect on their own report
 * the reconnect's `ECONNREFUSED` for a statement that had been sent before.
 *
 * @module
 */

import type { Failure } from "../model/failure.ts";
import type { Outcome } from "../model/outcome.ts";

const UNREACHED: Outcome = { kind: "unavailable", scope: "endpoint", executed: "no" };
const MISCONFIGURED: Outcome = { kind: "misconfigured", scope: "endpoint", executed: "no" };
/** Our machine, not the endpoint, ran out of something: no circuit may suffer for it. */
const OUR_LIMIT: Outcome = { kind: "exhausted", scope: "client", executed: "no" };
const CUT: Outcome = { kind: "disconnected", scope: "endpoint", executed: "unknown" };

/** Judges a failure whose origin is the network. */
export function judgeNetwork(failure: Failure): Outcome {
  if (failure.phase !== "connecting") return CUT;
  const { code } = failure;
  if (code === undefined) return UNREACHED;
  return CONNECTING.get(code) ?? (isTlsCode(code) ? MISCONFIGURED : UNREACHED);
}

/** Codes that mean something else than "not reached" while connecting. */
const CONNECTING: ReadonlyMap<string, Outcome> = new Map([
  // Out of file descriptors, local ports or buffers (errno(3), connect(2)).
  ["EMFILE", OUR_LIMIT],
  ["ENFILE", OUR_LIMIT],
  ["ENOBUFS", OUR_LIMIT],
  ["ENOMEM", OUR_LIMIT],
  ["EADDRNOTAVAIL", OUR_LIMIT],
  // An address that can never be reached as it is written, or that we may not use.
  ["EACCES", MISCONFIGURED],
  ["EPERM", MISCONFIGURED],
  ["EAFNOSUPPORT", MISCONFIGURED],
  ["ENAMETOOLONG", MISCONFIGURED],
  ["ERR_INVALID_URL", MISCONFIGURED],
  ["ERR_INVALID_ARG_VALUE", MISCONFIGURED],
  ["ERR_SOCKET_BAD_PORT", MISCONFIGURED],
  // workerd: a TLS option it does not know, such as `rejectUnauthorized: false`.
  ["ERR_OPTION_NOT_IMPLEMENTED", MISCONFIGURED],
  // The pool object's binding is another class's, or its options do not know the endpoint.
  ["POOL_MISBOUND", MISCONFIGURED],
  // A peer that talks something else than TLS.
  ["EPROTO", MISCONFIGURED],
  // postgres.js: the server could not prove that it knows the password; a login method we lack.
  ["SASL_SIGNATURE_MISMATCH", MISCONFIGURED],
  ["AUTH_TYPE_NOT_IMPLEMENTED", MISCONFIGURED],
]);

/** OpenSSL's reasons to refuse a certificate, as Node's and Bun's `tls` name them. */
const CERTIFICATE_CODES: ReadonlySet<string> = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY",
  "UNABLE_TO_DECRYPT_CERT_SIGNATURE",
  "UNABLE_TO_DECRYPT_CRL_SIGNATURE",
  "UNABLE_TO_GET_CRL",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "CERT_CHAIN_TOO_LONG",
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "CERT_REJECTED",
  "CERT_REVOKED",
  "CERT_SIGNATURE_FAILURE",
  "CERT_UNTRUSTED",
  "CRL_HAS_EXPIRED",
  "CRL_NOT_YET_VALID",
  "CRL_SIGNATURE_FAILURE",
  "ERROR_IN_CERT_NOT_AFTER_FIELD",
  "ERROR_IN_CERT_NOT_BEFORE_FIELD",
  "HOSTNAME_MISMATCH",
  "INVALID_CA",
  "INVALID_PURPOSE",
  "PATH_LENGTH_EXCEEDED",
]);

function isTlsCode(code: string): boolean {
  return CERTIFICATE_CODES.has(code) || code.startsWith("ERR_TLS_") || code.startsWith("ERR_SSL_");
}

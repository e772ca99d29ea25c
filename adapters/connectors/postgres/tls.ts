/**
 * What each way of writing TLS means. The words are libpq's `sslmode`.
 *
 * @module
 */

import type { ConnectionOptions } from "node:tls";
import { isIP } from "node:net";

/**
 * - `disable`: no TLS
 * - `prefer`: TLS without a look at the certificate. Where the server has none: in the clear on
 *   loopback, refused anywhere else (libpq would go on in the clear, and whoever sits in between can
 *   make it do so)
 * - `require`: TLS without a look at the certificate, as in libpq: safe from listeners, not from
 *   someone who answers in the server's name
 * - `verify-ca`: the certificate must come from a trusted authority, whatever name it bears
 * - `verify-full`: that, and it must be for this host
 *
 * Cloudflare Workers check as `verify-full` does, with public authorities only, in every mode but
 * `disable`, and ask for TLS before they start it also with `tlsNegotiation: "direct"`.
 */
export type TlsMode = "disable" | "prefer" | "require" | "verify-ca" | "verify-full";

/** Every mode, for messages. */
export const TLS_MODES: readonly TlsMode[] = [
  "disable",
  "prefer",
  "require",
  "verify-ca",
  "verify-full",
];

/** Ready to use: no TLS, or TLS with Node's own options. */
export type TlsPlan =
  | { readonly on: false }
  | {
    readonly on: true;
    /** Whether to go on in the clear when the server says it has no TLS. */
    readonly orClear: boolean;
    /** Start with TLS at once instead of asking first (PostgreSQL 17, `sslnegotiation=direct`). */
    readonly direct: boolean;
    readonly options: ConnectionOptions;
    /**
     * What of the options the caller wrote. workerd gets nothing else: it checks the certificate against
     * public authorities and the host's name, whatever the mode, and refuses to be told so.
     */
    readonly own: ConnectionOptions;
  };

/** Whether a host is this machine: `localhost`, 127.0.0.0/8, `::1`, a Unix socket's folder. */
export function isLoopback(host: string): boolean {
  return host.startsWith("/") || host === "localhost" || host.endsWith(".localhost") ||
    host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

/** Whether a word is a mode. */
export function isTlsMode(word: unknown): word is TlsMode {
  return TLS_MODES.some((mode) => mode === word);
}

/** Turns what was asked for into what is done; nothing asked: `verify-full`, none on loopback. */
export function planTls(
  asked: TlsMode | ConnectionOptions | undefined,
  host: string,
  direct: boolean,
): TlsPlan {
  const wanted = asked ?? (isLoopback(host) ? "disable" : "verify-full");
  // A Unix socket never leaves the machine, and PostgreSQL speaks no TLS on one.
  if (wanted === "disable" || host.startsWith("/")) return { on: false };
  // `host` is for the certificate's check only. Without it Node compares with "localhost" where the
  // address is an IP, which has no `servername` (RFC 6066 forbids it).
  const whom: ConnectionOptions = isIP(host) === 0 ? { host, servername: host } : { host };
  if (typeof wanted === "object") {
    return { on: true, orClear: false, direct, options: { ...whom, ...wanted }, own: wanted };
  }
  const orClear = wanted === "prefer" && isLoopback(host);
  return { on: true, orClear, direct, options: { ...whom, ...checksOf(wanted) }, own: {} };
}

function checksOf(mode: Exclude<TlsMode, "disable">): ConnectionOptions {
  switch (mode) {
    case "prefer":
    case "require":
      return { rejectUnauthorized: false };
    case "verify-ca":
      return { rejectUnauthorized: true, checkServerIdentity: () => undefined };
    case "verify-full":
      return { rejectUnauthorized: true };
    default:
      return mode satisfies never;
  }
}

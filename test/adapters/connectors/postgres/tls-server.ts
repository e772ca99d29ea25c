/**
 * A PostgreSQL server that speaks TLS and can only log people in.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { Treatment } from "./gate.ts";
import { EMPTY, WELCOME } from "./messages.ts";

/** For `db.test` and nothing else, signed by itself, good for a hundred years. Made for these tests. */
export const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUHbfWYG7mh+c/o55Mm0leqS+JkRwwCgYIKoZIzj0EAwIw
GDEWMBQGA1UEAwwNaG9sZGZhc3QgdGVzdDAgFw0yNjExMjMxMjIwMDlaGA8yMTI2
MTAzMDEyMjAwOVowGDEWMBQGA1UEAwwNaG9sZGZhc3QgdGVzdDBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABE1t+FzFZwgVNZEmSlObBl8GimR0MO1GqvGcv3PgCkmF
VAAkrJpIxwMDGMRVhkULdMlAH2vgoZ9GqUxx2tN7ozGjZzBlMB0GA1UdDgQWBBTZ
ZXh6H29vrlkzriZmS4yvcLP4aDAfBgNVHSMEGDAWgBTZZXh6H29vrlkzriZmS4yv
cLP4aDAPBgNVHRMBAf8EBTADAQH/MBIGA1UdEQQLMAmCB2RiLnRlc3QwCgYIKoZI
zj0EAwIDSAAwRQIgDU2KCJoXHNvaL8+DT9LvMmeBLr0mqQA4B3N9jq6piL0CIQDc
m4MXAGd+dpjwaPy536HN1DRREfLL0tVv0WjrliNFHA==
-----END CERTIFICATE-----
`;
/** Its key. */
export const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgJ9k+AkXLyqoTYTem
V415GdFDai1YLwfg86kIJdwoRDmhRANCAARNbfhcxWcIFTWRJkpTmwZfBopkdDDt
RqrxnL9z4ApJhVQAJKyaSMcDAxjEVYZFC3TJQB9r4KGfRqlMcdrTe6Mx
-----END PRIVATE KEY-----
`;

/** What a server saw of its clients. */
export interface Seen {
  /** The process id of each cancel that came. */
  readonly cancels: number[];
  /** Whether each message came inside TLS. */
  readonly secured: boolean[];
}

/** Answers the request for TLS with `answer`; `direct`: TLS from the first byte. */
export function tlsServer(answer: string, seen: Seen): Treatment {
  return (client) => {
    if (answer === "direct") return serve(secure(client, { ALPNProtocols: ["postgresql"] }), seen);
    client.once("data", (bytes) => {
      if (bytes.readUInt32BE(4) !== 80877103) {
        serve(client, seen);
        client.emit("data", bytes);
        return;
      }
      client.write(answer);
      if (answer === "S") serve(secure(client, {}), seen);
      if (answer === "N") serve(client, seen);
    });
  };
}

function secure(client: Socket, options: { readonly ALPNProtocols?: string[] }): TLSSocket {
  const socket = new TLSSocket(client, {
    isServer: true,
    key: KEY,
    cert: CERTIFICATE,
    ...options,
  });
  socket.on("error", () => client.destroy());
  return socket;
}

function serve(socket: Socket, seen: Seen): void {
  socket.on("data", (bytes: Buffer) => {
    seen.secured.push(socket instanceof TLSSocket);
    if (bytes[0] === 81) socket.write(EMPTY); // Q
    else if (bytes.length >= 16 && bytes.readUInt32BE(4) === 80877102) {
      seen.cancels.push(bytes.readUInt32BE(8));
      socket.end();
    } else if (bytes[0] === 0) socket.write(WELCOME);
  });
}

/**
 * Opens the line: TCP (or a Unix socket), then TLS. postgres.js is given the finished line, so that
 * every wait is under our deadline and every failure is seen as it was.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { connect, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { lineFailure, socketFailure } from "../pg-server/failure.ts";
import type { Limit } from "../pg-server/limit.ts";
import type { TlsPlan } from "./tls.ts";
import { isWorkerd } from "./workerd.ts";

/** Where to. */
export interface Address {
  /** A name, an IP, or a folder that begins with `/` and holds the server's Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly tls: TlsPlan;
  /** Idle time before the first TCP keep-alive probe; 0: none. */
  readonly keepAliveMs: number;
}

/** The length 8 and the magic number 80877103 (PostgreSQL manual, "SSLRequest"). */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);
const YES = 83; // S
const NO = 78; // N
const LANDING_SIZE = 65_536;

/** Opens a line. Rejects with a `Failure` in phase `connecting`; nothing stays open then. */
export async function openSocket(address: Address, limit: Limit): Promise<Socket> {
  const socket = dial(address);
  // A socket without a listener for `error` ends the process.
  socket.on("error", ignore);
  try {
    await next(socket, "connect", limit);
    return address.tls.on ? await secure(socket, address.tls, limit) : socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function dial({ host, port, keepAliveMs, tls }: Address): Socket {
  const landed = (size: number, bytes: Uint8Array): boolean => {
    // A copy, because the next answer is read into the same place.
    socket.emit("data", Buffer.from(bytes.subarray(0, size)));
    return true;
  };
  // What is to be wrapped in TLS has to stay an ordinary stream.
  const reading = tls.on ? {} : { onread: { buffer: landing(), callback: landed } };
  const place = host.startsWith("/") ? { path: `${host}/.s.PGSQL.${port}` } : {
    host,
    port,
    noDelay: true,
    keepAlive: keepAliveMs > 0,
    keepAliveInitialDelay: keepAliveMs,
  };
  const socket: Socket = connect({ ...place, ...reading });
  return socket;
}

let shared: Buffer | undefined;

/**
 * Where every line without TLS is read into: Node would allocate 64 KiB for each answer, however short.
 * Measured at 1, 32 and 100 callers: 3–14 % more queries per second, 5–14 % less of the client's CPU.
 * A place that does not know `onread` emits `data` of its own accord.
 *
 * workerd takes the memory over with the first read into it; shared, it would fail the next line with
 * ENOBUFS (seen with 1.20261102.1). Without `onread` it reads 4 KiB at a time.
 */
function landing(): Buffer {
  return isWorkerd ? Buffer.alloc(LANDING_SIZE) : shared ??= Buffer.allocUnsafeSlow(LANDING_SIZE);
}

async function secure(
  socket: Socket,
  tls: TlsPlan & { readonly on: true },
  limit: Limit,
): Promise<Socket> {
  const direct = tls.direct && !isWorkerd;
  if (!direct) socket.write(SSL_REQUEST);
  // Wrapped in the very event: workerd reads on right after it, and hands over no line that is read.
  const secured = direct ? wrap(socket, tls, ["postgresql"]) : await next(
    socket,
    "data",
    limit,
    (bytes) => accepts(bytes, tls) ? wrap(socket, tls) : socket,
  );
  if (secured === socket) return socket;
  try {
    await next(secured, "secureConnect", limit);
    return secured;
  } catch (error) {
    secured.destroy();
    // workerd says "internal error" for a certificate it does not like, and nothing else.
    if (isWorkerd && socketFailure(error, "connecting").code === undefined) {
      throw lineFailure("TLS_HANDSHAKE", "connecting");
    }
    throw error;
  }
}

/** Whether the server's answer to the request for TLS is yes; throws where no means the end. */
function accepts(bytes: Buffer, tls: TlsPlan & { readonly on: true }): boolean {
  // More than the one byte was put there by someone in between, to be read as if it had been
  // encrypted (CVE-2021-23222).
  if (bytes.length !== 1) throw lineFailure("PROTOCOL", "connecting");
  if (bytes[0] === YES) return true;
  if (bytes[0] !== NO) throw lineFailure("PROTOCOL", "connecting");
  if (tls.orClear) return false;
  throw lineFailure(
    "ERR_TLS_NOT_OFFERED",
    "connecting",
    'The server has no TLS. If the line is trusted, say so with tls: "disable"',
  );
}

function wrap(
  socket: Socket,
  tls: TlsPlan & { readonly on: true },
  protocols?: string[],
): TLSSocket {
  const secured = connectTls({
    ...(isWorkerd ? tls.own : tls.options),
    socket,
    ...(protocols === undefined ? {} : { ALPNProtocols: protocols }),
  });
  secured.on("error", ignore);
  return secured;
}

/** Waits for one event of a socket; whatever else ends the wait rejects with a `Failure`. */
function next<T = void>(
  socket: Socket,
  event: "connect" | "secureConnect" | "data",
  limit: Limit,
  take?: (bytes: Buffer) => T,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let undo = (): void => {};
    const done = (): void => {
      undo();
      socket.off(event, came);
      socket.off("error", broke);
      socket.off("close", closed);
    };
    const came = (bytes?: Buffer): void => {
      done();
      try {
        // Without `take` nobody looks at what comes.
        resolve(take?.(bytes ?? EMPTY) as T);
      } catch (error) {
        reject(socketFailure(error, "connecting"));
      }
    };
    const broke = (error: unknown): void => {
      done();
      reject(socketFailure(error, "connecting"));
    };
    const closed = (): void => broke(lineFailure("CONNECTION_CLOSED", "connecting"));
    socket.on(event, came);
    socket.on("error", broke);
    socket.on("close", closed);
    undo = limit.whenUp(broke);
  });
}

const EMPTY = Buffer.alloc(0);

function ignore(): void {}

/** How long a goodbye may take before the line is cut. */
const GOODBYE_MS = 1000;

/** Sends a last message, and settles when the line is closed. Never rejects. */
export function sayGoodbye(socket: Socket, last: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => socket.destroy(), GOODBYE_MS);
    socket.on("close", () => {
      clearTimeout(timer);
      resolve();
    });
    socket.end(last);
  });
}

/**
 * Asks the server to stop working on a statement nobody waits for any more. A backend that computes
 * does not look at its socket: without this it would go on to the end.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { ConnectOptions } from "../../../src/ports.ts";
import { Limit } from "../pg-server/limit.ts";
import { type Address, openSocket } from "./socket.ts";

/** What the server gave at login to prove a later cancel (PostgreSQL manual, "BackendKeyData"). */
export interface BackendKey {
  readonly pid: number;
  readonly secret: number;
}

/** How long a cancel may take: it is a favour to the server, and the server may be the trouble. */
const LIMIT_MS = 1000;
/** Most cancels under way to one endpoint: a server that hangs must not be given a storm as well. */
const MAX_UNDER_WAY = 16;

/** Sends cancels to one endpoint. */
export class Canceller {
  readonly #address: Address;
  /**
   * When each was begun. One that is begun in a request of a Worker ends with it, and nobody is told: what
   * is past its limit counts no more.
   */
  #underWay: number[] = [];

  constructor(address: Address) {
    this.#address = address;
  }

  /**
   * Never throws and is not waited for. A request of a Worker takes it along when it ends, unless it was
   * told to `waitUntil`.
   */
  cancel(key: BackendKey, waitUntil: ConnectOptions["waitUntil"]): void {
    const now = performance.now();
    this.#underWay = this.#underWay.filter((begun) => now - begun < LIMIT_MS);
    if (this.#underWay.length >= MAX_UNDER_WAY) return;
    this.#underWay.push(now);
    const work = this.#send(key).catch(ignore).finally(() => {
      const index = this.#underWay.indexOf(now);
      if (index >= 0) this.#underWay.splice(index, 1);
    });
    try {
      waitUntil?.(work);
    } catch {
      // The request is over already: it may arrive all the same.
    }
  }

  async #send(key: BackendKey): Promise<void> {
    const limit = new Limit({ timeoutMs: LIMIT_MS });
    try {
      const socket = await openSocket(this.#address, limit);
      await new Promise<void>((resolve) => {
        limit.whenUp(() => socket.destroy());
        socket.on("close", () => resolve());
        // The server answers nothing; its closing is only noticed by a socket that is read.
        socket.resume();
        socket.end(cancelRequest(key));
      });
    } finally {
      limit.stop();
    }
  }
}

/** The length 16 and the magic number 80877102, then the key (PostgreSQL manual, "CancelRequest"). */
function cancelRequest({ pid, secret }: BackendKey): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt32BE(16, 0);
  bytes.writeUInt32BE(80877102, 4);
  bytes.writeUInt32BE(pid, 8);
  bytes.writeUInt32BE(secret, 12);
  return bytes;
}

function ignore(): void {}

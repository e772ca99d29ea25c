/**
 * Asks the server to stop working on a statement nobody waits for any more, by a socket of its own.
 *
 * @module
 */

import type { ConnectOptions } from "../../../src/ports.ts";
import {
  type BackendKey,
  CANCEL_LIMIT_MS,
  cancelRequest,
  Cancels,
} from "../pg-server/cancelling.ts";
import { Limit } from "../pg-server/limit.ts";
import { type Address, openSocket } from "./socket.ts";

/** Sends cancels to one endpoint. */
export class Canceller {
  readonly #address: Address;
  readonly #cancels = new Cancels();

  constructor(address: Address) {
    this.#address = address;
  }

  cancel(key: BackendKey, waitUntil: ConnectOptions["waitUntil"]): void {
    this.#cancels.begin(() => this.#send(key), waitUntil);
  }

  async #send(key: BackendKey): Promise<void> {
    const limit = new Limit({ timeoutMs: CANCEL_LIMIT_MS });
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

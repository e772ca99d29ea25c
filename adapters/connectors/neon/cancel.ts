/**
 * Asks the server to stop working on a statement nobody waits for any more, by a WebSocket of its own.
 *
 * @module
 */

import { type BackendKey, CANCEL_LIMIT_MS, cancelRequest } from "../pg-server/cancelling.ts";
import type { WebSocketClass } from "./options.ts";
import { Wire } from "./wire.ts";

/** Settles when the far end has closed, or time is up. */
export function sendCancel(
  WebSocketHere: WebSocketClass,
  url: string,
  key: BackendKey,
): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    const wire = new Wire(WebSocketHere, url, { lost: done, garbled: done });
    const timer = setTimeout(() => {
      wire.close();
      resolve();
    }, CANCEL_LIMIT_MS);
    wire.addEventListener("open", () => wire.send(cancelRequest(key)));
  });
}

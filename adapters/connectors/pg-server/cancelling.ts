/**
 * What every way to cancel a statement keeps to: a backend that computes does not look at its line, so it is
 * asked by another one to stop when nobody waits for it any more.
 *
 * @module
 */

import type { ConnectOptions } from "../../../src/ports.ts";

/** How long a cancel may take: it is a favour to the server, and the server may be the trouble. */
export const CANCEL_LIMIT_MS = 1000;
/** Most cancels under way to one endpoint: a server that hangs must not be given a storm as well. */
const MAX_UNDER_WAY = 16;

/** What the server gave at login to prove a later cancel (PostgreSQL manual, "BackendKeyData"). */
export interface BackendKey {
  readonly pid: number;
  readonly secret: number;
}

/** The cancels under way to one endpoint. */
export class Cancels {
  /**
   * When each was begun. One that is begun in a request of a Worker ends with it, and nobody is told: what
   * is past its limit counts no more.
   */
  #underWay: number[] = [];

  /**
   * Never throws and is not waited for. A request of a Worker takes it along when it ends, unless it was
   * told to `waitUntil`.
   */
  begin(send: () => Promise<void>, waitUntil: ConnectOptions["waitUntil"]): void {
    const now = performance.now();
    this.#underWay = this.#underWay.filter((begun) => now - begun < CANCEL_LIMIT_MS);
    if (this.#underWay.length >= MAX_UNDER_WAY) return;
    this.#underWay.push(now);
    const work = send().catch(ignore).finally(() => {
      const index = this.#underWay.indexOf(now);
      if (index >= 0) this.#underWay.splice(index, 1);
    });
    try {
      waitUntil?.(work);
    } catch {
      // The request is over already: it may arrive all the same.
    }
  }
}

/** The length 16 and the magic number 80877102, then the key (PostgreSQL manual, "CancelRequest"). */
export function cancelRequest({ pid, secret }: BackendKey): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(16));
  [16, 80877102, pid, secret].forEach((word, i) => view.setUint32(4 * i, word));
  return new Uint8Array(view.buffer);
}

function ignore(): void {}

/**
 * What the server says beside its answers: who it is, by what a statement can be stopped, and its notices.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import type { Role } from "../../../src/model/endpoint.ts";
import type { ServerWarning } from "../../../src/model/result.ts";
import type { BackendKey } from "../pg-server/cancelling.ts";
import type { ServerFields } from "../pg-server/fields.ts";
import { syncWaitWarning } from "../pg-server/sync-wait.ts";
import type { Target } from "./options.ts";

/** What one connection was told so far. */
export class Asides {
  role: Role | undefined;
  key: BackendKey | undefined;
  readonly #target: Target;
  #warning: ServerWarning | undefined;

  constructor(target: Target) {
    this.#target = target;
  }

  noticed(fields: ServerFields): void {
    this.#warning = syncWaitWarning(fields) ?? this.#warning;
    try {
      this.#target.onNotice?.(fields);
    } catch {
      // An observer's trouble is its own.
    }
  }

  /** A run-time parameter, in the frame at `at`. */
  told(bytes: Buffer, at: number, end: number): void {
    // A pooler repeats what some server said at some time.
    if (this.#target.hyperdrive !== undefined) return;
    const [name, value] = bytes.toString("utf8", at + 5, end).split("\0");
    if (name === "in_hot_standby") this.role = value === "on" ? "replica" : "primary";
  }

  keyed(bytes: Buffer, at: number): void {
    this.key = { pid: bytes.readUInt32BE(at + 5), secret: bytes.readUInt32BE(at + 9) };
  }

  /** What the statement that is over was warned of. */
  takeWarning(): ServerWarning | undefined {
    const warning = this.#warning;
    this.#warning = undefined;
    return warning;
  }
}

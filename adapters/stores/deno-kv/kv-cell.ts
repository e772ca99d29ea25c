/**
 * One value in Deno KV, compared by its versionstamp and set.
 *
 * @module
 */

import type { Cell, Reading, Swap } from "../cell/cell.ts";
import type { DenoKv, DenoKvKey } from "./kv.ts";
import type { Opening } from "./opening.ts";

/** The mark of a key that holds nothing. A versionstamp is never empty. */
const NOTHING = "";

/**
 * The value under `key`. It is kept as UTF-8: Deno takes 65,536 bytes of that, but of a text with a single
 * character beyond Latin-1 in it only 32,765 characters, whatever they are.
 */
export class KvCell implements Cell {
  readonly name = "deno-kv";
  readonly #opening: Opening;
  readonly #key: DenoKvKey;

  constructor(opening: Opening, key: DenoKvKey) {
    this.#opening = opening;
    this.#key = key;
  }

  // Deno KV takes no signal: whoever calls waits no longer than it wants to.
  read(): Promise<Reading> {
    return this.#opening.use("to read the belief", (kv) => this.#reading(kv));
  }

  swap({ mark }: Reading, text: string): Promise<Swap> {
    const versionstamp = mark === NOTHING ? null : mark;
    return this.#opening.use("to write the belief", async (kv) => {
      const done = await kv.atomic().check({ key: this.#key, versionstamp }).set(
        this.#key,
        new TextEncoder().encode(text),
      )
        .commit();
      if (!done.ok) return { swapped: false, reading: await this.#reading(kv) };
      return { swapped: true, reading: { text, mark: done.versionstamp, now: Date.now() } };
    });
  }

  /** Strong: an eventual read may be of a replica on another continent, and no swap would follow from it. */
  async #reading(kv: DenoKv): Promise<Reading> {
    const { value, versionstamp } = await kv.get(this.#key, { consistency: "strong" });
    return {
      text: value instanceof Uint8Array ? new TextDecoder().decode(value) : undefined,
      mark: versionstamp ?? NOTHING,
      now: Date.now(),
    };
  }
}

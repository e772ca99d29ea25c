/**
 * A Deno KV that deletes nothing by itself: the real one deletes what has expired some time later, and when is its
 * own affair.
 *
 * @module
 */

import type { DenoKv, DenoKvAtomic, DenoKvEntry } from "../../adapters/stores/deno-kv/kv.ts";

const NOTHING: DenoKvEntry = { value: null, versionstamp: null };

/** Makes an empty one. */
export function lazyKv(): DenoKv {
  const entries = new Map<string, DenoKvEntry>();
  let commits = 0;

  function atomic(): DenoKvAtomic {
    const checks: (() => boolean)[] = [];
    const writes: ((versionstamp: string) => void)[] = [];
    const operation: DenoKvAtomic = {
      check(...asked) {
        for (const { key, versionstamp } of asked) {
          checks.push(() => entryOf(key).versionstamp === versionstamp);
        }
        return operation;
      },
      set(key, value) {
        writes.push((versionstamp) => entries.set(key.join("/"), { value, versionstamp }));
        return operation;
      },
      delete(key) {
        writes.push(() => entries.delete(key.join("/")));
        return operation;
      },
      async commit() {
        if (!checks.every((holds) => holds())) return { ok: false };
        const versionstamp = `${++commits}`.padStart(20, "0");
        for (const write of writes) write(versionstamp);
        return { ok: true, versionstamp };
      },
    };
    return operation;
  }

  function entryOf(key: readonly string[]): DenoKvEntry {
    return entries.get(key.join("/")) ?? NOTHING;
  }

  return { get: async (key) => entryOf(key), atomic };
}

/**
 * What is asked of `Deno.Kv`: the part of it that the store uses, so that nothing here leans on Deno's types.
 *
 * @module
 */

/** A key: parts, from the general to the special. */
export type DenoKvKey = readonly string[];

/** What is kept under a key; `versionstamp` is null when nothing is. */
export interface DenoKvEntry {
  readonly value: unknown;
  readonly versionstamp: string | null;
}

/** What has to hold for a commit: the entry is the one that was read. */
export interface DenoKvCheck {
  readonly key: DenoKvKey;
  readonly versionstamp: string | null;
}

/** Several writes that are done together, or not at all. */
export interface DenoKvAtomic {
  check(...checks: DenoKvCheck[]): DenoKvAtomic;
  set(key: DenoKvKey, value: unknown, options?: { expireIn?: number }): DenoKvAtomic;
  delete(key: DenoKvKey): DenoKvAtomic;
  commit(): Promise<{ ok: true; versionstamp: string } | { ok: false }>;
}

/** A `Deno.Kv` is one. */
export interface DenoKv {
  get(
    key: DenoKvKey,
    options?: { consistency?: "strong" | "eventual" },
  ): Promise<DenoKvEntry>;
  atomic(): DenoKvAtomic;
}

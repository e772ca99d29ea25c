/**
 * As much of a Workers KV namespace as is used here: what `wrangler types` generates fits.
 *
 * @module
 */

/** A `KVNamespace`. */
export interface KvNamespace {
  get(
    key: string,
    options: { readonly type: "text"; readonly cacheTtl?: number },
  ): Promise<string | null>;
  put(key: string, value: string): Promise<void>;
}

/** What `pool-worker.ts` is told to do. */

export type PoolDeed =
  | {
    readonly do: "query";
    readonly text: string;
    readonly params?: readonly unknown[];
    readonly timeoutMs?: number;
    readonly idempotent?: boolean;
  }
  /** All at once, each in a session of its own. */
  | { readonly do: "many"; readonly texts: readonly string[] }
  | { readonly do: "transaction"; readonly texts: readonly string[]; readonly fail?: boolean }
  /** One after the other on one bare connection. */
  | { readonly do: "run"; readonly texts: readonly string[] }
  /** Runs the texts on one connection, and ends the request, while `last` runs. */
  | { readonly do: "leave"; readonly texts: readonly string[]; readonly last?: string }
  /** Begins `text` on a bare connection and destroys that. */
  | { readonly do: "destroy"; readonly text: string }
  /** Runs the text with a value that JSON does not know. */
  | { readonly do: "values"; readonly text: string; readonly value: string }
  | { readonly do: "look" }
  /** Goes to a class that is no pool, or asks a pool for an endpoint it does not know. */
  | { readonly do: "misbound"; readonly how: "class" | "endpoint" }
  /** Ends every pool object. */
  | { readonly do: "abort" }
  | { readonly do: "stats" };

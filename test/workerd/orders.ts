/** What a test asks of `postgres-worker.ts`, and what it is told. */

/** What is to be done, over a holdfast to `url`. */
export type Order = { readonly url: string } & Deed;

export type Deed =
  | { readonly do: "query"; readonly text: string; readonly params?: readonly unknown[] }
  /** Asks again and again on a bare connection, so that the statement takes the fast way. */
  | { readonly do: "repeat"; readonly text: string; readonly times: number }
  | { readonly do: "transaction"; readonly texts: readonly string[]; readonly fail?: boolean }
  /** A bare connection, opened and closed. */
  | { readonly do: "connect"; readonly timeoutMs?: number }
  /** Runs it on a bare connection made with these options. */
  | { readonly do: "run"; readonly text: string; readonly options?: object }
  /** Begins `text` on a bare connection and destroys that once the server is at it. */
  | { readonly do: "destroy"; readonly text: string };

export interface Told {
  readonly value?: unknown;
  readonly error?: Record<string, unknown>;
}

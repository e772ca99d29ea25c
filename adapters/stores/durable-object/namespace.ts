/**
 * As much of Cloudflare's types as is used here, so that nothing has to be installed for them: what `wrangler types`
 * generates fits, and so does `@cloudflare/workers-types`, of whatever age.
 *
 * @module
 */

/** Where an object is to live. Only the first call that ever names it counts: objects do not move. */
export type LocationHint =
  | "wnam"
  | "enam"
  | "sam"
  | "weur"
  | "eeur"
  | "apac"
  | "oc"
  | "afr"
  | "me"
  | (string & {});

/** A `DurableObjectNamespace`. */
export interface CoordinatorNamespace {
  getByName(name: string, options?: ObjectOptions): object;
}

/** What a stub is made with. A runtime that does not know one of them passes over it. */
export interface ObjectOptions {
  readonly locationHint?: LocationHint;
  readonly retry?: { readonly maxRetries?: number };
}

/** The methods that a coordinator answers to, as a stub has them. What they answer is read with care. */
export interface CoordinatorStub {
  sync(report: unknown): Promise<unknown>;
  claim(request: unknown): Promise<unknown>;
  command(command: unknown): Promise<unknown>;
  snapshot(): Promise<unknown>;
  wake(): Promise<unknown>;
}

/**
 * A pool opened or closed a connection, and why.
 *
 * @module
 */

/** Why a pool opened a connection. */
export type ConnectReason =
  /** Nothing was open, and somebody wanted something. */
  | "first need"
  /** Somebody had waited for as long as a connect takes. */
  | "callers waited"
  /** There were fewer than `pool.min`. */
  | "minimum"
  /** A probe had opened it, and there was room. */
  | "a probe left it";

/** Why a pool closed a connection. */
export type CloseReason =
  /** Nobody needed it for `pool.idleTimeoutMs`. */
  | "idle"
  /** It had reached its age, `pool.maxLifetimeMs`. */
  | "lifetime"
  /** It died under a statement. */
  | "broken"
  /** It died while nobody used it, by its own close event. */
  | "lost while idle"
  /** It had lain idle for long and did not answer when asked. */
  | "failed validation"
  /** It did not answer a probe. */
  | "failed a probe"
  /** A statement left something behind on it. */
  | "carries session state"
  /** The endpoint changed its role: a session of the old one must not serve the new one. */
  | "role changed"
  /** It told of another role than it was chosen for. */
  | "told another role"
  /** The endpoint is being recovered: nothing of before is trusted. */
  | "recovery"
  /** It belonged to a generation that was given up while it was in use. */
  | "retired"
  /** Its caller gave up: a deadline, a signal. */
  | "abandoned"
  /** Another endpoint answered the same read sooner. */
  | "overtaken"
  /** The transaction on it was given up. */
  | "transaction lost"
  /** Its place keeps none: it served one call. */
  | "used once"
  /** The endpoint is let go, or the holdfast closes. */
  | "closing";

/** A pool opened or closed a connection. */
export type ConnectionEventRecord =
  & { readonly type: "connection"; readonly endpoint: string }
  & (
    | { readonly change: "opened"; readonly because: ConnectReason }
    | { readonly change: "closed"; readonly because: CloseReason }
  );

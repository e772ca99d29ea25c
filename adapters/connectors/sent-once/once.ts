/**
 * Makes sure that a statement is sent once.
 *
 * Two places send a request again when a connection they had kept dies under it, also a POST, also one the server
 * has read: Deno (denoland/deno#35610, PRs 32566 and 36415; measured with 2.9.6) and Bun before 1.4
 * (oven-sh/bun#28706). A write would be done twice, and nobody told.
 *
 * @module
 */

/** As much of them as is asked for. */
interface Places {
  readonly Deno?: unknown;
  readonly Bun?: { readonly version: string };
}

/** The body of a request, and what it needs. */
export interface SentOnce {
  readonly body: string | ReadableStream<Uint8Array>;
  /** The types of some places do not know it; a stream needs it. */
  readonly duplex?: "half";
  readonly keepalive?: boolean;
}

/** The body of a request, so that it cannot be sent a second time. */
export function once(text: string, places: Places = globalThis as Places): SentOnce {
  if (places.Deno !== undefined) {
    // What was streamed is gone.
    return { body: new Blob([text]).stream(), duplex: "half" };
  }
  const { version } = places.Bun ?? {};
  // Costs a handshake for each statement there.
  if (version !== undefined && /^(0|1\.[0-3])\./.test(version)) {
    return { body: text, keepalive: false };
  }
  return { body: text };
}

/**
 * One attempt to post something: within a limit, without following a redirect, and without reading what
 * the receiver has to say.
 *
 * @module
 */

/** What a webhook needs of the place it runs in; tests bring their own. */
export interface WebhookPlace {
  fetch(url: string, init: RequestInit): Promise<Response>;
  /** Milliseconds since 1970. */
  now(): number;
  /** From [0, 1). */
  random(): number;
  /** A part of an id, never the same twice. */
  unique(): string;
  /** Calls `wake` once after so long; the returned function calls that off. */
  after(delayMs: number, wake: () => void): () => void;
}

/** What is posted. */
export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** How an attempt ended. `why` holds nothing secret. */
export type Attempt =
  | { readonly ok: true }
  | {
    readonly ok: false;
    readonly why: string;
    /** Whether it makes sense to try again, and how long the receiver asked to be left alone. */
    readonly again: boolean;
    readonly retryAfterMs?: number;
  };

/** Posts once. Never rejects; ends at the limit or with the signal, whatever fetch does. */
export function attempt(
  place: WebhookPlace,
  post: Post,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<Attempt> {
  const controller = new AbortController();
  return new Promise((resolve) => {
    const end = (how: Attempt): void => {
      callOff();
      signal?.removeEventListener("abort", aborted);
      resolve(how);
    };
    const giveUp = (why: string, again: boolean): void => {
      end({ ok: false, why, again });
      controller.abort();
    };
    const aborted = (): void => giveUp("it was called off", false);
    const callOff = place.after(
      timeoutMs,
      () => giveUp(`there was no answer within ${timeoutMs} ms`, true),
    );
    if (signal?.aborted === true) return aborted();
    signal?.addEventListener("abort", aborted);
    const sent = async (): Promise<Response> =>
      await place.fetch(post.url, {
        method: "POST",
        headers: post.headers,
        body: post.body,
        redirect: "manual",
        signal: controller.signal,
      });
    sent().then(
      (response) => {
        // The status says it all; a body may be long, or never end.
        response.body?.cancel().catch(() => {});
        end(judge(response, place.now()));
      },
      (reason: unknown) => end({ ok: false, why: nameOf(reason), again: true }),
    );
  });
}

/** Standard Webhooks: 2xx is success, everything else a failure; a redirect is not followed. */
function judge(response: Response, now: number): Attempt {
  const { status } = response;
  if (status >= 200 && status < 300) return { ok: true };
  // A browser hides what a redirect would say: status 0.
  const isRedirect = (status >= 300 && status < 400) || status === 0;
  const why = isRedirect ? "it was redirected" : `the answer was ${status}`;
  const again = status === 408 || status === 429 || status >= 500;
  const retryAfterMs = readRetryAfter(response.headers.get("retry-after"), now);
  return { ok: false, why, again, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

/** Seconds, or a date (RFC 9110, 10.2.3). */
function readRetryAfter(value: string | null, now: number): number | undefined {
  if (value === null) return undefined;
  const ms = /^\d{1,9}$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - now;
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

/** An error's message often holds the address; its code, as `ECONNREFUSED`, does not. */
function nameOf(reason: unknown): string {
  const cause: unknown = reason instanceof Error ? reason.cause : undefined;
  for (const error of [cause, reason]) {
    const code: unknown = (error as { code?: unknown } | null | undefined)?.code;
    if (typeof code === "string" && /^[A-Z][A-Z0-9_]{1,40}$/.test(code)) {
      return `it failed (${code})`;
    }
  }
  return "it failed";
}

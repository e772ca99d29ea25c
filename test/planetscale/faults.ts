/**
 * What the double does instead of its work.
 */

import type { IncomingMessage, ServerResponse } from "node:http";

/** A fault, for statements that match `on` (all without it), so many `times` (for ever without it). */
export type Fault =
  & { readonly on?: RegExp; readonly times?: number }
  & (
    /** An answer that comes instead of the work. */
    | {
      readonly kind: "answer";
      readonly status: number;
      readonly body: string;
      readonly headers?: Record<string, string>;
    }
    /** The work is done, the answer is cut off after so many bytes (0: nothing but the end of the line). */
    | { readonly kind: "drop"; readonly afterBytes: number }
    /** The line ends before the work. */
    | { readonly kind: "reset" }
    /** Nothing, for ever; with `works` after the work was done. */
    | { readonly kind: "black hole"; readonly works?: boolean }
    /** Late by so much. */
    | { readonly kind: "delay"; readonly ms: number }
  );

/** Cloudflare's page, shortened. */
export function cloudflarePage(status: number): Fault {
  return {
    kind: "answer",
    status,
    headers: { "content-type": "text/html", server: "cloudflare" },
    body:
      `<!DOCTYPE html><html><head><title>psdb.cloud | ${status}: Web server is down</title></head></html>`,
  };
}

/** The database's own error in an answer with status 200, or with another one. */
export function apiError(code: string, message: string, status = 200): Fault {
  return {
    kind: "answer",
    status,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      session: { signature: "x", vitessSession: {} },
      error: { code, message },
    }),
  };
}

/** Cuts the line. */
export function cut(request: IncomingMessage, response: ServerResponse): void {
  response.destroy();
  request.socket.destroy();
}

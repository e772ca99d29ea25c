/**
 * Whether this is workerd, the runtime of Cloudflare Workers (also under `wrangler dev`): its `node:net`
 * and `node:tls` differ in three points, and one request's I/O is none of another's.
 *
 * @module
 */

export const isWorkerd: boolean = globalThis.navigator?.userAgent === "Cloudflare-Workers";

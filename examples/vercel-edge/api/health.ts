/**
 * `GET /api/health`. Vercel makes a function of each file here, and reads its `config` without running it.
 *
 * @module
 */

export const config = { runtime: "edge" } as const;

export { default } from "./orders.ts";

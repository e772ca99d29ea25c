/**
 * `holdfast/alerts`: where alerts are delivered.
 *
 * ```ts
 * import { createHoldfast } from "holdfast";
 * import { toConsole, webhook } from "holdfast/alerts";
 * import { postgres } from "holdfast/postgres";
 *
 * const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"; // from your environment
 * const db = createHoldfast({
 *   endpoints: [{ id: "a", connector: postgres("postgres://app@db-a/shop") }],
 *   alerts: { deliver: [toConsole(), webhook("https://hooks.example.com/db", { secret })] },
 * });
 * ```
 *
 * @module
 */

export type { Alert, AlertSink } from "../../src/ports.ts";
export { type ConsoleOptions, toConsole } from "./console.ts";
export { webhook, type WebhookPayload } from "./webhook.ts";
export type { WebhookOptions } from "./webhook-options.ts";

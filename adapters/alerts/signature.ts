/**
 * Standard Webhooks' symmetric signature (standardwebhooks.com, 1.0.0): HMAC-SHA256 over
 * `id.timestamp.body`, in base64. WebCrypto, because every runtime has it.
 *
 * @module
 */

/** The bytes of a secret, `whsec_` and base64; `undefined`: it is none. */
export function secretBytes(secret: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(secret.replace(/^whsec_/, "")), (char) => char.charCodeAt(0));
  } catch {
    return undefined;
  }
}

/** What is signed. */
export interface Signed {
  readonly id: string;
  /** Seconds since 1970, of this attempt. */
  readonly timestamp: number;
  readonly body: string;
}

/** The header's value: one signature per secret, so that a receiver may change its own in peace. */
export async function signatures(
  secrets: readonly Uint8Array<ArrayBuffer>[],
  { id, timestamp, body }: Signed,
): Promise<string> {
  const content = new TextEncoder().encode(`${id}.${timestamp}.${body}`);
  const all = await Promise.all(secrets.map((secret) => sign(secret, content)));
  return all.map((one) => `v1,${one}`).join(" ");
}

async function sign(
  secret: Uint8Array<ArrayBuffer>,
  content: Uint8Array<ArrayBuffer>,
): Promise<string> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", secret, algorithm, false, ["sign"]);
  const bytes = new Uint8Array(await crypto.subtle.sign("HMAC", key, content));
  return btoa(String.fromCharCode(...bytes));
}

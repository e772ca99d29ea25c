/**
 * How a promise ends, in words that can be compared.
 *
 * @module
 */

/** Long enough that what has not ended by then will not: all of it takes milliseconds when it works. */
const PATIENCE_MS = 2_000;

/** Rows, an error's code (or message), or that nothing came. */
export type Ending = { readonly rows: unknown } | { readonly error: string } | "pending";

export async function ending(
  promise: Promise<unknown>,
  patienceMs: number = PATIENCE_MS,
): Promise<Ending> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const patience = new Promise<"pending">((resolve) => {
    timer = setTimeout(() => resolve("pending"), patienceMs);
  });
  const outcome = promise.then(
    (rows): Ending => ({ rows }),
    (error: unknown): Ending => ({ error: codeOf(error) }),
  );
  try {
    return await Promise.race([outcome, patience]);
  } finally {
    clearTimeout(timer);
  }
}

function codeOf(error: unknown): string {
  if (error instanceof Error && "code" in error && typeof error.code === "string") {
    return error.code;
  }
  return error instanceof Error ? error.message : String(error);
}

/**
 * Hyperdrive's cache by its own account (developers.cloudflare.com/hyperdrive/concepts/query-caching, 2026-07-05): found
 * under the text without its comments and the parameters; not kept is what names one of these functions anywhere, be it
 * in a comment, and what is no read. Where it says nothing the double does the worst: it answers from the cache within
 * transactions, and statements without a name. It forgets nothing by itself.
 */

/** The functions the page lists. */
const LISTED =
  /\b(?:now|current_timestamp|current_date|current_time|localtime|localtimestamp|timeofday|random|lastval|txid_current)\b/i;

export class ReadCache {
  enabled = true;
  hits = 0;
  readonly #answers = new Map<string, readonly Buffer[]>();

  /** Under which name it is kept; `undefined`: it is not. */
  keyOf(text: string, rest: string): string | undefined {
    if (!this.enabled || LISTED.test(text)) return undefined;
    const bare = text.replace(/\/\*[^]*?\*\/|--[^\n]*/g, " ").trim();
    if (!/^(?:select|with|values|table)\b/i.test(bare)) return undefined;
    if (/\bfor\s+(?:update|share|no|key)\b|\b(?:insert|update|delete)\b/i.test(bare)) {
      return undefined;
    }
    return JSON.stringify([bare, rest]);
  }

  find(key: string): readonly Buffer[] | undefined {
    const answer = this.#answers.get(key);
    if (answer !== undefined) this.hits++;
    return answer;
  }

  keep(key: string, answer: readonly Buffer[]): void {
    this.#answers.set(key, answer);
  }

  /** As time does. */
  clear(): void {
    this.#answers.clear();
    this.hits = 0;
  }
}

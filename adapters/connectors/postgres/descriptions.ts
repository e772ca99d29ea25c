/**
 * What the server has said of statements' parameters, for all connections of one connector: a new connection need not
 * ask again, which costs a round trip that every request of a Worker would pay.
 *
 * @module
 */

import { fits, hint, type Plan } from "./plan.ts";

/** Most texts that are remembered; the oldest goes. */
const MAX_TEXTS = 512;

/** int8, int2, int4, oid, float4, float8, numeric: a number is written alike for all of them. */
const NUMBERS: ReadonlySet<number> = new Set([20, 21, 23, 26, 700, 701, 1700]);
/** text, varchar. */
const TEXTS: ReadonlySet<number> = new Set([25, 1043]);
const UUID = 2950;

/** By the text; of each the parameters' types for one mix of values. */
export class Descriptions {
  readonly #byText = new Map<string, Plan>();

  learn(text: string, plan: Plan): void {
    if (plan.types.length === 0) return;
    const [oldest] = this.#byText.keys();
    if (this.#byText.size === MAX_TEXTS && oldest !== undefined) this.#byText.delete(oldest);
    this.#byText.set(text, plan);
  }

  forget(text: string): void {
    this.#byText.delete(text);
  }

  /**
   * The types that these parameters can be sent under although they may have changed meanwhile, 0 where the server is to
   * decide; `undefined`: it has to be asked first.
   */
  find(text: string, params: readonly unknown[]): { plan: Plan; declared: number[] } | undefined {
    const plan = this.#byText.get(text);
    if (plan === undefined || !fits(plan, params)) return undefined;
    const declared: number[] = [];
    for (const [i, value] of params.entries()) {
      const type = declaredFor(value, plan.types[i] ?? 0);
      if (type === undefined) return undefined;
      declared.push(type);
    }
    return { plan, declared };
  }
}

/**
 * A changed type must not make another value of what was written for the old one. That is certain where the value's own
 * type is declared, where every type that takes it reads it alike, and for a text that is declared to be one. What does
 * not go with a new type is refused before anything runs, and asked anew.
 */
function declaredFor(value: unknown, type: number): number | undefined {
  if (value === null) return 0;
  if (typeof value === "string") {
    if (TEXTS.has(type)) return type;
    return type === UUID ? 0 : undefined;
  }
  if (typeof value === "number") return NUMBERS.has(type) ? 0 : undefined;
  const own = hint(value);
  return own > 0 && own === type ? own : undefined;
}

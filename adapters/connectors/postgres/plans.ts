/**
 * The prepared statements one connection knows.
 *
 * @module
 */

import { fits, FOREIGN, type Plan, type PlanColumn } from "./plan.ts";

/** Most texts one connection prepares; each costs memory in the server too. Further texts run unprepared. */
const MAX_TEXTS = 512;
/** Most plans one text has: one per mix of parameter types. */
const MAX_PER_TEXT = 4;

/** The plans of one connection. */
export class Plans {
  readonly #byText = new Map<string, Plan[]>();

  find(text: string, params: readonly unknown[]): Plan | undefined {
    const plans = this.#byText.get(text);
    if (plans === undefined) return undefined;
    for (const plan of plans) if (fits(plan, params)) return plan;
    return undefined;
  }

  /** Whether the text may be prepared (once more); it counts even if the server refuses it. */
  admit(text: string): boolean {
    const plans = this.#byText.get(text);
    if (plans !== undefined) return plans.length < MAX_PER_TEXT;
    if (this.#byText.size >= MAX_TEXTS) return false;
    this.#byText.set(text, []);
    return true;
  }

  add(text: string, plan: Plan): void {
    if (!plan.hints.includes(FOREIGN)) this.#byText.get(text)?.push(plan);
  }

  /** Forgets every plan of a text: the server has. */
  drop(text: string): void {
    this.#byText.set(text, []);
  }
}

/**
 * The plan for a statement that postgres.js prepared, or `undefined` when it does not describe it the
 * way 3.4.9 does: then the statement goes on by postgres.js.
 */
export function planOf(
  statement: { readonly name?: unknown; readonly types?: unknown } | undefined,
  hints: readonly number[],
  columns: readonly PlanColumn[],
): Plan | undefined {
  if (statement === undefined) return undefined;
  const { name, types } = statement;
  if (typeof name !== "string" || name === "") return undefined;
  if (!Array.isArray(types) || types.length !== hints.length || !types.every(isTypeNumber)) {
    return undefined;
  }
  const fields = columns.map(({ name, type }) => ({ name, type }));
  return { hints, name, types, columns, fields };
}

function isTypeNumber(type: unknown): type is number {
  return typeof type === "number" && type > 0;
}

/**
 * The prepared statements one connection knows.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import type { Descriptions } from "./descriptions.ts";
import { encodeParse } from "./parse.ts";
import { fits, FOREIGN, type Plan, type PlanColumn } from "./plan.ts";

/** Most texts one connection prepares; each costs memory in the server too. Further texts run unprepared. */
const MAX_TEXTS = 512;
/** Most plans one text has: one per mix of parameter types. */
const MAX_PER_TEXT = 4;

/** A plan made of what another connection was told, and what has to be sent before it can be used. */
export interface Unprepared extends Prepared {
  readonly parse: Buffer;
}

/** A plan that may be used as it is where there is nothing to `parse` first. */
export interface Prepared {
  readonly plan: Plan;
  readonly parse?: Buffer;
}

/** The plans of one connection. */
export class Plans {
  readonly #descriptions: Descriptions | undefined;
  #count = 0;
  readonly #byText = new Map<string, Plan[]>();

  constructor(descriptions?: Descriptions) {
    this.#descriptions = descriptions;
  }

  find(text: string, params: readonly unknown[]): Plan | undefined {
    const plans = this.#byText.get(text);
    if (plans === undefined) return undefined;
    for (const plan of plans) if (fits(plan, params)) return plan;
    return undefined;
  }

  /** For a text that is new to this connection, and only once: what it leads to here is known afterwards. */
  first(text: string, params: readonly unknown[]): Unprepared | undefined {
    if (this.#byText.has(text)) return undefined;
    const found = this.#descriptions?.find(text, params);
    if (found === undefined || !this.admit(text)) return undefined;
    // Not a name that postgres.js would give.
    const name = `holdfast${++this.#count}`;
    return { plan: { ...found.plan, name }, parse: encodeParse(name, text, found.declared) };
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
    if (plan.hints.includes(FOREIGN)) return;
    this.#byText.get(text)?.push(plan);
    this.#descriptions?.learn(text, plan);
  }

  /** Forgets every plan of a text: the server has. */
  drop(text: string): void {
    this.#byText.set(text, []);
    this.#descriptions?.forget(text);
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

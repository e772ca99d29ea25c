/**
 * What is known of a statement's text, remembered by text: the same few texts come again and again.
 *
 * @module
 */

import type { Classification, Dialect } from "../model/statement.ts";
import { classify } from "../statement/classify.ts";
import { analyse, type PlaceholderPlan } from "../statement/placeholders.ts";
import { freshPace, type Pace } from "../time/pace.ts";

/** How many texts are remembered; past that the oldest goes. */
const MAX_PLANS = 1_000;
/** A longer text is most likely built by hand and will not come again. */
const MAX_TEXT_LENGTH = 20_000;

/** Everything that depends on the text alone. */
export interface Plan {
  readonly text: string;
  readonly classification: Classification;
  readonly placeholders: PlaceholderPlan;
  /** How long it usually takes, wherever it runs: a hot counter. */
  readonly pace: Pace;
}

/** Functions of the caller's own, by what they do. */
export interface OwnFunctions {
  readonly writingFunctions: readonly string[];
  readonly readingFunctions: readonly string[];
}

/** Remembered plans, per dialect. */
export interface Plans extends OwnFunctions {
  readonly postgres: Map<string, Plan>;
  readonly mysql: Map<string, Plan>;
}

/** No text is known yet. */
export function createPlans({ writingFunctions, readingFunctions }: OwnFunctions): Plans {
  return { writingFunctions, readingFunctions, postgres: new Map(), mysql: new Map() };
}

/** The plan of a text, made or remembered. */
export function planFor(plans: Plans, text: string, dialect: Dialect): Plan {
  const known = plans[dialect].get(text);
  if (known !== undefined) return known;
  const plan: Plan = {
    text,
    classification: classify(text, {
      dialect,
      writingFunctions: plans.writingFunctions,
      readingFunctions: plans.readingFunctions,
    }),
    placeholders: analyse(text, dialect),
    pace: freshPace(),
  };
  if (text.length <= MAX_TEXT_LENGTH) remember(plans[dialect], plan);
  return plan;
}

/** Learns from a replica's refusal that a text writes, so that it goes to the primary from now on. */
export function learnWrite(plans: Plans, plan: Plan, dialect: Dialect): void {
  if (plans[dialect].get(plan.text) !== plan) return;
  const because = "a replica refused to run it";
  remember(plans[dialect], {
    ...plan,
    classification: { ...plan.classification, intent: "write", because },
  });
}

function remember(plans: Map<string, Plan>, plan: Plan): void {
  if (plans.size >= MAX_PLANS && !plans.has(plan.text)) {
    const [oldest] = plans.keys();
    if (oldest !== undefined) plans.delete(oldest);
  }
  plans.set(plan.text, plan);
}

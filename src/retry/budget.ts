/**
 * The retry budget: retries may add a share of the load and no more, so that they cannot keep a
 * struggling database down. One budget is shared by all calls of an isolate.
 *
 * After Finagle's `RetryBudget`: every call deposits, every retry withdraws, both are forgotten after
 * a time to live, and a small floor keeps a quiet client able to retry. Plain mutable numbers,
 * because every query touches them.
 *
 * @module
 */

/** What a budget grants. */
export interface BudgetOptions {
  /** Retries granted per call. @default {0.2}, Finagle */
  readonly ratio?: number;
  /** Retries per second granted whatever the load. @default {10}, Finagle */
  readonly minRetriesPerSecond?: number;
  /** How long a call or a retry is remembered. @default {10000}, Finagle */
  readonly ttlMs?: number;
}

/** Finagle's numbers: 20 % of the calls, 10 a second at least, remembered for 10 s. */
export const BUDGET_DEFAULTS: Required<BudgetOptions> = {
  ratio: 0.2,
  minRetriesPerSecond: 10,
  ttlMs: 10_000,
};

/** How finely the time to live is cut; Finagle's window has ten slices as well. */
const SLOTS = 10;

/** Absorbs the rounding of `ratio × calls`, so that five calls at 0.2 are worth one retry. */
const ROUNDING = 1e-9;

/** A budget's memory. Changed in place by {@link deposit} and {@link withdraw}. */
export interface Budget {
  readonly ratio: number;
  /** Retries granted per time to live without any call. */
  readonly reserve: number;
  readonly slotMs: number;
  /** Calls and retries per slot: a ring, `slot` is the present one. */
  readonly calls: number[];
  readonly retries: number[];
  slot: number;
  /** When the present slot ends. */
  slotEndsAt: number;
  totalCalls: number;
  totalRetries: number;
}

/** A new budget, holding nothing but its floor. */
export function createBudget(options: BudgetOptions, now: number): Budget {
  const { ratio, minRetriesPerSecond, ttlMs } = { ...BUDGET_DEFAULTS, ...options };
  const slotMs = ttlMs / SLOTS;
  return {
    ratio,
    reserve: minRetriesPerSecond * (ttlMs / 1_000),
    slotMs,
    calls: new Array<number>(SLOTS).fill(0),
    retries: new Array<number>(SLOTS).fill(0),
    slot: 0,
    slotEndsAt: now + slotMs,
    totalCalls: 0,
    totalRetries: 0,
  };
}

/** Notes one call (not one attempt: retries must not earn retries). */
export function deposit(budget: Budget, now: number): void {
  if (now >= budget.slotEndsAt) turn(budget, now);
  budget.calls[budget.slot] = (budget.calls[budget.slot] ?? 0) + 1;
  budget.totalCalls += 1;
}

/** Takes one retry out, or says that there is none. */
export function withdraw(budget: Budget, now: number): boolean {
  if (balance(budget, now) < 1) return false;
  budget.retries[budget.slot] = (budget.retries[budget.slot] ?? 0) + 1;
  budget.totalRetries += 1;
  return true;
}

/** How many retries could be taken just now; whole, never below 0. */
export function balance(budget: Budget, now: number): number {
  if (now >= budget.slotEndsAt) turn(budget, now);
  const granted = budget.reserve + budget.ratio * budget.totalCalls;
  return Math.max(0, Math.floor(granted - budget.totalRetries + ROUNDING));
}

/** Forgets the slots that are older than the time to live. */
function turn(budget: Budget, now: number): void {
  const passed = Math.floor((now - budget.slotEndsAt) / budget.slotMs) + 1;
  for (let n = Math.min(passed, SLOTS); n > 0; n -= 1) {
    budget.slot = (budget.slot + 1) % SLOTS;
    budget.totalCalls -= budget.calls[budget.slot] ?? 0;
    budget.totalRetries -= budget.retries[budget.slot] ?? 0;
    budget.calls[budget.slot] = 0;
    budget.retries[budget.slot] = 0;
  }
  budget.slotEndsAt += passed * budget.slotMs;
}

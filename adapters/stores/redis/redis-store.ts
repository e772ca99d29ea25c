/**
 * What several processes believe together, kept in Redis.
 *
 * @module
 */

import { OptionError, type OptionProblem } from "../../../src/errors.ts";
import type { LeaseAnswer, LeasingStore } from "../../../src/ports.ts";
import type { Cell, Reading, Swap } from "../cell/cell.ts";
import { unknownOptions } from "../cell/unknown-options.ts";
import { cellStore } from "../cell/cell-store.ts";
import { readHolder, readLease } from "../cell/lease-request.ts";
import type { EvalScript } from "./clients.ts";
import { storeErrorOf, strangeAnswer } from "./failure.ts";
import { SCRIPT } from "./script.ts";

/** How a Redis store is made. */
export interface RedisStoreOptions {
  /** Runs the store's script: `viaUpstash(redis)`, `viaIoredis(redis)`, `viaNodeRedis(redis)`, `viaBun(redis)`. */
  readonly client: EvalScript;
  /**
   * The first part of the names of its keys, 1 to 100 characters: one per database whose endpoints are shared, such
   * as the application's name and the database's. It has no default, because one Redis serves many applications:
   * two under one key would take each other's endpoints, and each other's failovers, for their own. On a Redis
   * cluster all of its keys are in one slot.
   */
  readonly key: string;
}

/** What nobody has touched for so long is forgotten, ours: a week. */
const KEEP_MS = 604_800_000;
const MAX_KEY_LENGTH = 100;

/**
 * Makes a store in Redis. Throws an `OptionError`; every call rejects with a `StoreError`.
 *
 * ```ts
 * const store = redisStore({ client: viaIoredis(redis), key: "shop" });
 * ```
 */
export function redisStore(options: RedisStoreOptions): LeasingStore {
  const { client, key } = options;
  const problems = [...unknownOptions(options, ["client", "key"]), ...problemsOf(client, key)];
  if (problems.length > 0) throw new OptionError(problems);
  // A key with a hash tag of its own stays where it is told to be.
  const prefix = /\{[^}]+\}/.test(key) ? key : `{${key}}`;

  async function run(name: string, ...args: string[]): Promise<Answer> {
    let told: unknown;
    try {
      told = await client(SCRIPT, [`${prefix}:${name}`], args);
    } catch (error) {
      throw storeErrorOf(error);
    }
    return readAnswer(told);
  }

  const cell: Cell = {
    name: "redis",
    swapsInOneTrip: true,
    read: async () => readingOf(await run("state", "get")),
    async swap({ mark }, text): Promise<Swap> {
      const answer = await run("state", "swap", mark, text, `${KEEP_MS}`);
      const reading = readingOf(answer);
      return answer.done
        ? { swapped: true, reading: { ...reading, text } }
        : { swapped: false, reading };
    },
  };

  return {
    ...cellStore(cell),
    async lease(request): Promise<LeaseAnswer> {
      const { name, holder, ttlMs } = readLease(request);
      const answer = await run(`lease:${name}`, "lease", holder, `${ttlMs}`, `${KEEP_MS}`);
      return answer.done
        ? { held: true, token: answer.first, forMs: answer.second }
        : { held: false, retryAfterMs: answer.second };
    },
    async unlease(request): Promise<void> {
      const { name, holder } = readHolder(request);
      await run(`lease:${name}`, "unlease", holder);
    },
  };
}

/** The script's answer: whether it was done, two numbers, and a text if there is one. */
interface Answer {
  readonly done: boolean;
  readonly first: number;
  readonly second: number;
  readonly text: string;
}

function readAnswer(told: unknown): Answer {
  const parts = typeof told === "string" ? /^([01]) (\d+) (\d+)(?: ([^]*))?$/.exec(told) : null;
  if (parts === null) throw strangeAnswer();
  const [, done, first, second, text = ""] = parts;
  return { done: done === "1", first: Number(first), second: Number(second), text };
}

function readingOf({ first, second, text }: Answer): Reading {
  return { text: text === "" ? undefined : text, mark: `${first}`, now: second };
}

function problemsOf(client: unknown, key: unknown): readonly OptionProblem[] {
  const problems: OptionProblem[] = [];
  if (typeof client !== "function") {
    const allowed =
      "viaUpstash(…), viaIoredis(…), viaNodeRedis(…), viaBun(…), or a function of your own";
    problems.push({ path: "client", value: `a value of type ${typeof client}`, allowed });
  }
  if (typeof key !== "string" || key === "" || key.length > MAX_KEY_LENGTH) {
    const value = typeof key === "string"
      ? `${key.length} characters`
      : `a value of type ${typeof key}`;
    const allowed =
      `a text of 1 to ${MAX_KEY_LENGTH} characters: one for each database whose endpoints are shared`;
    problems.push({ path: "key", value, allowed });
  }
  return problems;
}

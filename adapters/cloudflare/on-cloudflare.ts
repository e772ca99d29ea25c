/**
 * One options factory for the Worker, for its coordinator and for its pools.
 *
 * @module
 */

import { createHoldfastOn, type Holdfast } from "../../src/holdfast.ts";
import type { HoldfastOptions } from "../../src/options/types.ts";
import { workersRuntime } from "../runtimes/workers.ts";
import { type CoordinatorClass, coordinatorClass, type ObjectBase } from "./object-class.ts";
import { isDurableObject } from "./options.ts";
import { type PoolClass, poolClass } from "./pool-class.ts";
import { named } from "./pool/named.ts";

/** Environments that are told apart in one isolate; there is one, and two around a deploy. */
const MAX_ENVS = 4;

/** A Worker's holdfast, the classes of its objects and its watchdog. */
export interface OnCloudflare<Env extends object> {
  /**
   * The isolate's holdfast: made with the first call, plain data only. In a request use a session of it:
   * `holdfast(env).session({ ctx })`.
   *
   * @throws an `OptionError` that lists every wrong option
   */
  (env: Env): Holdfast;
  /**
   * The coordinator's class, to be extended and exported by the Worker. Needs SQLite: `new_sqlite_classes`.
   *
   * @param base `DurableObject` of `cloudflare:workers`
   */
  coordinator<Instance extends object>(base: ObjectBase<Instance>): CoordinatorClass<Env, Instance>;
  /**
   * The pool objects' class, for endpoints whose connector is `pooled(…)`: to be extended and exported by the Worker.
   *
   * @param base `DurableObject` of `cloudflare:workers`
   */
  pool<Instance extends object>(base: ObjectBase<Instance>): PoolClass<Env, Instance>;
  /** The Worker's `scheduled` handler: a cron trigger that sees to it that the object's alarm was not lost. Never rejects. */
  scheduled(controller: unknown, env: Env, ctx: unknown): Promise<void>;
}

/**
 * Makes a Worker's holdfast out of one options factory. Nothing is opened, and no timer started, before the first call.
 *
 * Say its type, as below: the `Env` that `wrangler types` writes names the coordinator's class, which is made of this.
 *
 * @example
 * ```ts
 * import { durableObject, type OnCloudflare, onCloudflare } from "holdfast/cloudflare";
 * import { postgres } from "holdfast/postgres";
 *
 * const holdfast: OnCloudflare<Env> = onCloudflare((env) => ({
 *   endpoints: [
 *     { id: "a", connector: postgres(env.DATABASE_URL) },
 *     { id: "b", connector: postgres(env.REPLICA_URL) },
 *   ],
 *   store: durableObject(env.HOLDFAST),
 * }));
 * ```
 */
export function onCloudflare<Env extends object>(
  given: (env: Env) => HoldfastOptions,
): OnCloudflare<Env> {
  const optionsFor = (env: Env): HoldfastOptions => named(given(env));
  // An isolate may live on with other bindings after a deploy that changed nothing else. A copy of an `env` is the same
  // one: a holdfast for each copy would know nothing, and be taken for one more isolate that finds something down.
  const made: { readonly env: Env; readonly db: Holdfast }[] = [];
  const holdfast = (env: Env): Holdfast => {
    const before = made.find((one) => one.env === env || isSame(one.env, env));
    if (before !== undefined) return before.db;
    const db = createHoldfastOn(workersRuntime, optionsFor(env));
    made.unshift({ env, db });
    made.length = Math.min(made.length, MAX_ENVS);
    return db;
  };
  return Object.assign(holdfast, {
    coordinator<Instance extends object>(
      base: ObjectBase<Instance>,
    ): CoordinatorClass<Env, Instance> {
      return coordinatorClass(base, optionsFor);
    },
    pool<Instance extends object>(base: ObjectBase<Instance>): PoolClass<Env, Instance> {
      return poolClass(base, optionsFor);
    },
    async scheduled(_controller: unknown, env: Env): Promise<void> {
      try {
        const { store } = optionsFor(env);
        if (isDurableObject(store)) await store.wake();
        else await holdfast(env).tick();
      } catch {
        // What is wrong with the options, or the object, each request is told.
      }
    },
  });
}

function isSame<Env extends object>(one: Env, other: Env): boolean {
  const [entries, values] = [Object.entries(one), new Map(Object.entries(other))];
  return entries.length === values.size &&
    entries.every(([name, value]) => values.get(name) === value);
}

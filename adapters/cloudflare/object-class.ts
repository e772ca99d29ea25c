/**
 * The Durable Object's class: what a coordinator does, over RPC.
 *
 * @module
 */

import type { Command, Report } from "../../src/model/belief.ts";
import type { HoldfastOptions } from "../../src/options/types.ts";
import type { ClaimRequest } from "../../src/ports.ts";
import { type Reply, replyTo } from "../stores/durable-object/mod.ts";
import { Coordinator } from "./coordinator.ts";

/** As much of a `DurableObjectStorage` as is used here; it has to be one with SQLite. */
export interface ObjectStorage {
  readonly sql: {
    exec(query: string, ...bindings: string[]): Iterable<Record<string, unknown>>;
  };
  setAlarm(at: number): Promise<void>;
}

/** As much of a `DurableObjectState` as is used here. */
export interface ObjectState {
  readonly storage: ObjectStorage;
  waitUntil(work: Promise<unknown>): void;
}

/** The class that every Durable Object begins with: `DurableObject` of `cloudflare:workers`. */
export type ObjectBase<Instance extends object> = abstract new (ctx: never, env: never) => Instance;

/** What the object answers to over RPC. Ask by `durableObject(namespace)`, which reads the replies. */
export interface CoordinatorObject {
  sync(report: unknown): Promise<Reply>;
  claim(request: unknown): Promise<Reply>;
  command(command: unknown): Promise<Reply>;
  snapshot(): Promise<Reply>;
  wake(): Promise<Reply>;
  alarm(info?: { readonly scheduledTime?: number }): Promise<void>;
}

/** A class to extend and export. */
export type CoordinatorClass<Env, Instance extends object> = new (
  ctx: ObjectState,
  env: Env,
) => Instance & CoordinatorObject;

/**
 * Makes the class. Its options are made with the first call, and again with the next one if that failed: so an object
 * whose options are wrong says so to whoever asks, instead of dying.
 */
export function coordinatorClass<Env, Instance extends object>(
  base: ObjectBase<Instance>,
  optionsFor: (env: Env) => HoldfastOptions,
): CoordinatorClass<Env, Instance> {
  // What else the base brings is none of this class's business.
  const Base = base as unknown as new (ctx: ObjectState, env: Env) => object;
  class HoldfastCoordinator extends Base implements CoordinatorObject {
    readonly #coordinator: () => Coordinator;

    constructor(ctx: ObjectState, env: Env) {
      super(ctx, env);
      let made: Coordinator | undefined;
      this.#coordinator = () => {
        return made ??= new Coordinator({
          storage: ctx.storage,
          options: optionsFor(env),
          waitUntil: (work) => ctx.waitUntil(work),
        });
      };
    }

    // What makes no sense is refused by the coordinator: the types are what it hopes for.

    sync(report: unknown): Promise<Reply> {
      return replyTo(() => this.#coordinator().sync(report as Report));
    }

    claim(request: unknown): Promise<Reply> {
      return replyTo(() => this.#coordinator().claim(request as ClaimRequest));
    }

    command(command: unknown): Promise<Reply> {
      return replyTo(() => this.#coordinator().command(command as Command));
    }

    snapshot(): Promise<Reply> {
      return replyTo(() => this.#coordinator().snapshot());
    }

    wake(): Promise<Reply> {
      return replyTo(() => this.#coordinator().wake());
    }

    async alarm(info?: { readonly scheduledTime?: number }): Promise<void> {
      await replyTo(() => this.#coordinator().ring(info?.scheduledTime ?? 0));
    }
  }
  return HoldfastCoordinator as unknown as CoordinatorClass<Env, Instance>;
}

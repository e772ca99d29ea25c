/** Nothing of what others say goes into a store's errors: a password may be in it. */

import { inspect } from "node:util";
import { expect, test } from "vitest";
import { durableObject, onCloudflare } from "../../adapters/cloudflare/mod.ts";
import { workersKv } from "../../adapters/stores/workers-kv/mod.ts";
import { redisStore } from "../../adapters/stores/redis/mod.ts";
import { scripted } from "../../adapters/connectors/scripted/mod.ts";
import type { HoldfastOptions } from "../../mod.ts";
import type { Store, StrongStore } from "../../src/ports.ts";
import { FakeBase, FakeStorage, stateOf } from "../adapters/cloudflare/fake-object.ts";
import { reporter, storeErrorOf, up } from "../contract/store-stage.ts";

const TEXTS = [
  "S3CRET",
  "S3CRET refused",
  "SECRET refused",
  "ReplyError: SECRET",
  "WRONGPASS S3CRET",
  "connect to redis://u:S3CRET@host failed",
  "overloaded: S3CRET",
  "429 too many requests of S3CRET",
  "S3CRET is not a function",
];

function thrownOf(text: string): unknown[] {
  const cause = new Error(text);
  const platform = { remote: true, overloaded: true, retryable: true, stack: text };
  return [text, cause, new Error("x", { cause }), Object.assign(new Error(text), platform), {
    name: text,
    message: text,
    code: text,
  }];
}

/** Every store, over something that throws. */
function stores(thrown: unknown): readonly Store[] {
  const fail = async (): Promise<never> => {
    throw thrown;
  };
  const stub = { sync: fail, claim: fail, command: fail, snapshot: fail, wake: fail };
  const noStub = (): never => {
    throw thrown;
  };
  return [
    redisStore({ client: fail, key: "shop" }),
    workersKv({ get: fail, put: fail }),
    durableObject({ getByName: () => stub }),
    durableObject({ getByName: noStub }),
    objectOf(() => {
      throw thrown;
    }),
    objectOf(() => ({
      endpoints: [{ id: "a", connector: scripted() }],
      get alerts(): never {
        throw thrown;
      },
    })),
  ];
}

/** A Durable Object whose options come from `optionsFor`. */
function objectOf(optionsFor: () => HoldfastOptions): StrongStore {
  const Coordinator = onCloudflare<object>(optionsFor).coordinator(FakeBase);
  const object = new Coordinator(stateOf(new FakeStorage()), {});
  return durableObject({ getByName: () => object });
}

test.each(TEXTS)("%s", async (text) => {
  for (const thrown of thrownOf(text)) {
    for (const store of stores(thrown)) {
      const told = reporter(store as StrongStore).report(up("p"));
      const error = await storeErrorOf(store.sync(told));
      expect(inspect(error, { depth: null, showHidden: true })).not.toMatch(/S3CRET|SECRET/);
    }
  }
});

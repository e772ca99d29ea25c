/**
 * What a Worker's isolates believe together, kept in one Durable Object: the client's side.
 *
 * @module
 */

import { readSnapshot } from "../../../src/cluster/codec.ts";
import { OptionError, type OptionProblem } from "../../../src/errors.ts";
import type { Snapshot } from "../../../src/model/belief.ts";
import type { ClaimAnswer, StoreTerms, StrongStore } from "../../../src/ports.ts";
import { unknownOptions } from "../cell/unknown-options.ts";
import { stopIfAborted, unlessAborted } from "../cell/waiting.ts";
import { readClaimAnswer } from "./claim-answer.ts";
import { storeErrorOf } from "./failure.ts";
import type { CoordinatorNamespace, CoordinatorStub, LocationHint } from "./namespace.ts";
import { readReply, strangeAnswer } from "./reply.ts";

/** Where a copy of what is believed is kept, for isolates that start while the object is far away or gone. */
export interface SnapshotCopy {
  /** The copy, as old as it is by now; `undefined`: there is none. */
  read(): Promise<Snapshot | undefined>;
  write(snapshot: Snapshot): Promise<void>;
}

/** How a Durable Object's store is made. */
export interface DurableObjectOptions {
  /** The object's name, 1 to 100 characters: one per database whose endpoints are shared. @default {"holdfast"} */
  readonly name?: string;
  /** Where the object is to live: near the database. Counts only when it is first made. @default {near the first call} */
  readonly locationHint?: LocationHint;
  /** `workersKv(env.KV)`: the object keeps a copy there, and a cold isolate takes whichever answers first. */
  readonly bootstrap?: { readonly copy: SnapshotCopy };
}

/** A store in a Durable Object. */
export interface DurableObjectStore extends StrongStore {
  readonly name: "durable-object";
  /** Where its object keeps a copy. */
  readonly copy: SnapshotCopy | undefined;
  /** What is believed now. */
  snapshot(terms?: StoreTerms): Promise<Snapshot>;
  /** Sets the object's alarm again should it have been lost: for a cron trigger. Cheap when all is quiet. */
  wake(terms?: StoreTerms): Promise<void>;
}

const NAME = "durable-object";
const MAX_NAME_LENGTH = 100;
/** A failover promotes a database first, which may take half a minute. */
const COMMAND_MS = 60_000;
/** A copy is a start, not the latest: the object is asked again soon. */
const COPY_LASTS_MS = 1_000;

/**
 * Makes a store of a Durable Object. Holds plain data only, so that it may live at module scope. Throws an
 * `OptionError`; every call rejects with a `StoreError`, `command` also with a `FailoverError` or `UsageError`.
 *
 * Each call is one request to the object, and no other: the runtime's own retries are switched off where that can
 * be said, because what a store is told late is better told anew.
 */
export function durableObject(
  namespace: CoordinatorNamespace,
  options: DurableObjectOptions = {},
): DurableObjectStore {
  const { name = "holdfast", locationHint, bootstrap } = options;
  refuseWrong(namespace, name, options);
  const copy = bootstrap?.copy;
  let isCold = copy !== undefined;

  function call(
    way: (stub: CoordinatorStub) => Promise<unknown>,
    signal: AbortSignal | undefined,
    longestMs?: number,
  ): Promise<unknown> {
    const asked = async (): Promise<unknown> => {
      stopIfAborted(NAME, signal);
      try {
        // A stub belongs to its request, and is dead after some errors: one for each call.
        const stub = namespace.getByName(name, {
          ...(locationHint === undefined ? {} : { locationHint }),
          retry: { maxRetries: 0 },
        });
        return readReply(await way(stub as CoordinatorStub)); // an RPC stub has every method
      } catch (error) {
        throw storeErrorOf(error);
      }
    };
    return unlessAborted(asked(), NAME, signal, longestMs);
  }

  async function ask(
    way: (stub: CoordinatorStub) => Promise<unknown>,
    signal: AbortSignal | undefined,
    longestMs?: number,
  ): Promise<Snapshot> {
    const snapshot = readSnapshot(await call(way, signal, longestMs));
    if (snapshot === undefined) throw strangeAnswer();
    return snapshot;
  }

  return {
    name: NAME,
    consistency: "strong",
    copy,
    sync(report, terms) {
      const asked = ask((stub) => stub.sync(report), terms?.signal);
      if (!isCold || copy === undefined) return asked;
      // Once only: from the first word on, the object's own is newer than any copy.
      isCold = false;
      return sooner(asked, copy);
    },
    async claim(request, terms): Promise<ClaimAnswer> {
      return readClaimAnswer(await call((stub) => stub.claim(request), terms?.signal));
    },
    command: (command, terms) => {
      return ask((stub) => stub.command(command), terms?.signal, COMMAND_MS);
    },
    snapshot: (terms) => ask((stub) => stub.snapshot(), terms?.signal),
    async wake(terms): Promise<void> {
      await call((stub) => stub.wake(), terms?.signal);
    },
  };
}

/** The object's word, or the copy where that is there first. A copy that is missing or unreadable says nothing. */
function sooner(asked: Promise<Snapshot>, copy: SnapshotCopy): Promise<Snapshot> {
  return new Promise((resolve, reject) => {
    const copied = copy.read().then((found) => {
      if (found === undefined) return false;
      resolve({ ...found, nextSyncMs: Math.min(found.nextSyncMs, COPY_LASTS_MS) });
      return true;
    }, () => false);
    asked.then(resolve, (error: Error) => {
      void copied.then((isThere) => {
        if (!isThere) reject(error);
      });
    });
  });
}

function refuseWrong(namespace: unknown, name: unknown, options: object): void {
  const problems: OptionProblem[] = [
    ...unknownOptions(options, ["name", "locationHint", "bootstrap"]),
  ];
  if (typeof namespace !== "object" || namespace === null || !("getByName" in namespace)) {
    const allowed = "a Durable Object's binding, such as env.HOLDFAST: see wrangler.toml";
    problems.push({ path: "namespace", value: `a value of type ${typeof namespace}`, allowed });
  }
  if (typeof name !== "string" || name === "" || name.length > MAX_NAME_LENGTH) {
    const value = typeof name === "string"
      ? `${name.length} characters`
      : `a value of type ${typeof name}`;
    const allowed = `a text of 1 to ${MAX_NAME_LENGTH} characters`;
    problems.push({ path: "name", value, allowed });
  }
  if (problems.length > 0) throw new OptionError(problems);
}

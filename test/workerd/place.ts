/**
 * workerd, the runtime of Cloudflare Workers, on this machine: any TypeScript file as a worker, in as
 * many isolates as asked for, over one set of Durable Objects and KV namespaces.
 *
 * ```ts
 * await using place = await startPlace({ entry: new URL("counter.ts", import.meta.url), isolates: 3,
 *   objects: ["Counter"], kv: ["KV"], bindings: { URL: "…" } });
 * const answer = await place.fetch("/add", { isolate: 2 });
 * ```
 *
 * `env.Counter` (a Durable Object's binding bears its class's name) is the same namespace in every
 * isolate; the class itself lives in isolate 0. An object restarted by `ctx.abort()` or
 * {@link Place.evict} loses its memory and keeps its storage.
 */

import { Miniflare, NoOpLog } from "miniflare";
import { bundle } from "./bundle.ts";

/** The newest date the pinned workerd takes is 2026-11-02. */
const COMPATIBILITY_DATE = "2026-11-01";

/** With this date they are there unless told otherwise (Cloudflare's changelog of 2026-08-04). */
const NO_NODE: readonly string[] = ["no_nodejs_compat", "no_nodejs_compat_v2"];

/** What a place is to be. */
export interface PlaceOptions {
  /** The worker's TypeScript file, or the text of the one module it is. */
  readonly entry: URL | { readonly text: string };
  /** How many isolates run it, each with globals of its own. @default {1} */
  readonly isolates?: number;
  /** Names of the Durable Object classes it exports; all of them have SQLite. */
  readonly objects?: readonly string[];
  /** Names of KV namespaces. */
  readonly kv?: readonly string[];
  /** Whether Node's modules and globals are there. @default {true} */
  readonly nodeCompat?: boolean;
  /** Hyperdrive bindings: where each leads to. workerd hands on what is sent, without a pool or a cache. */
  readonly hyperdrives?: Readonly<Record<string, string>>;
  /** Anything JSON, as `env.NAME`. */
  readonly bindings?: Readonly<Record<string, Json>>;
}

/** What a binding may hold. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [name: string]: Json };

/** A request's options, and which isolate is to answer it. */
export type PlaceRequest = RequestInit & { readonly isolate?: number };

/** A running place. */
export class Place implements AsyncDisposable {
  readonly mf: Miniflare;
  readonly #logs: string[];

  constructor(mf: Miniflare, logs: string[]) {
    this.mf = mf;
    this.#logs = logs;
  }

  /**
   * What workerd said since this was asked last: the worker's `console`, uncaught errors, and warnings of
   * its own, such as those about a promise or a socket of another request.
   */
  takeLogs(): string[] {
    return this.#logs.splice(0);
  }

  /** Asks the worker in one of the isolates. @default isolate 0 */
  async fetch(path: string, { isolate = 0, ...init }: PlaceRequest = {}): Promise<Response> {
    return (await this.#worker(isolate)).fetch(`http://place${path}`, init);
  }

  /** Runs the worker's `scheduled` handler, as a cron trigger would. */
  async scheduled(cron: string, isolate = 0): Promise<void> {
    await (await this.#worker(isolate)).scheduled({ cron });
  }

  /** Ends an object as idleness would. Waits for its open sockets and timers, 30 s at most. */
  evict(className: string, name: string): Promise<void> {
    return this.mf.unsafeEvictDurableObject(nameOf(0), className, { name });
  }

  dispose(): Promise<void> {
    return this.mf.dispose();
  }

  async #worker(isolate: number): Promise<Worker> {
    // miniflare's own types stand on packages that it does not bring.
    return await this.mf.getWorker(nameOf(isolate)) as unknown as Worker;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }
}

/** As much of a worker's handle as is used here. */
interface Worker {
  fetch(url: string, init: RequestInit): Promise<Response>;
  scheduled(event: { readonly cron: string }): Promise<unknown>;
}

function nameOf(isolate: number): string {
  return `iso${isolate}`;
}

/** Starts a place; ready in about a quarter of a second, gone in 15 ms. */
export async function startPlace(options: PlaceOptions): Promise<Place> {
  const { entry } = options;
  const contents = entry instanceof URL ? await bundle(entry) : entry.text;
  const logs: string[] = [];
  const isolates = Array.from({ length: options.isolates ?? 1 }, (_, index) => index);
  const mf = new Miniflare({
    // Otherwise it looks for a sample of request data on the internet.
    cf: false,
    telemetry: { enabled: false },
    log: new NoOpLog(),
    logRequests: false,
    unsafeInspectDurableObjects: true,
    handleStructuredLogs: ({ message }: { readonly message: string }) => logs.push(message),
    workers: isolates.map((isolate) => workerOf(isolate, contents, options)),
  });
  await mf.ready;
  return new Place(mf, logs);
}

function workerOf(isolate: number, contents: string, options: PlaceOptions): object {
  const { objects = [], kv = [], bindings = {}, hyperdrives = {}, nodeCompat = true } = options;
  const classes = objects.map((name) =>
    [name, { type: "durable-object", storage: "sqlite" }] as const
  );
  return {
    config: {
      name: nameOf(isolate),
      compatibilityDate: COMPATIBILITY_DATE,
      compatibilityFlags: nodeCompat ? ["nodejs_compat"] : NO_NODE,
      manifest: {
        mainModule: "worker.mjs",
        modulesRoot: "/",
        modules: { "worker.mjs": { type: "esm", contents } },
      },
      env: Object.fromEntries([
        ...Object.entries(bindings).map(([name, value]) => [name, { type: "json", value }]),
        ...Object.entries(hyperdrives).map(([name, connectionString]) => [
          name,
          { type: "hyperdrive", id: name, dev: { connectionString } },
        ]),
        ...kv.map((name) => [name, { type: "kv", id: name }]),
        ...objects.map((name) => [
          name,
          { type: "durable-object", worker: nameOf(0), exportName: name },
        ]),
      ]),
      ...(isolate === 0 ? { exports: Object.fromEntries(classes) } : {}),
    },
  };
}

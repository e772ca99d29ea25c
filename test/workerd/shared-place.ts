/**
 * Isolates over one coordinator and a real cluster whose replica can be taken away.
 */

import type { Command, Result, Snapshot, Stats } from "../../mod.ts";
import { type Cluster, startCluster, startProxy, type TcpProxy, until } from "../cluster/mod.ts";
import { type Place, startPlace } from "./place.ts";
import type { Burst, Load, Mood, ObjectSays, Shape } from "./shared-orders.ts";

/** A cluster with every server behind a proxy, shared by the tests of one file. */
export interface Ground extends AsyncDisposable {
  readonly cluster: Cluster;
  readonly proxies: Readonly<Record<string, TcpProxy>>;
  readonly urls: Readonly<Record<string, string>>;
}

export async function startGround(replicas: number = 2): Promise<Ground> {
  const cluster = await startCluster({ replicas });
  const proxies: Record<string, TcpProxy> = {};
  const urls: Record<string, string> = {};
  for (const node of cluster.nodes) {
    const proxy = await startProxy(node.port);
    proxies[node.name] = proxy;
    urls[node.name] = proxy.via(node.url());
  }
  return {
    cluster,
    proxies,
    urls,
    async [Symbol.asyncDispose]() {
      for (const proxy of Object.values(proxies)) await proxy.close();
      await cluster.stop();
    },
  };
}

/** What an error is told as. */
export interface Refused {
  readonly error: { readonly code?: string; readonly message: string };
}

/** A place with the shared worker in it. */
export class SharedPlace implements AsyncDisposable {
  readonly place: Place;

  constructor(place: Place) {
    this.place = place;
  }

  query(isolate: number, text: string = "select 1"): Promise<Result & Partial<Refused>> {
    return this.ask(isolate, "query", text);
  }

  burst(isolate: number, order: Burst): Promise<unknown[]> {
    return this.ask(isolate, "burst", order);
  }

  load(isolate: number, order: Load): Promise<{ took: number[]; failed: number }> {
    return this.ask(isolate, "load", order);
  }

  stats(isolate: number): Promise<Stats & { readonly calls: number }> {
    return this.ask(isolate, "stats");
  }

  snapshot(): Promise<Snapshot> {
    return this.ask(0, "snapshot");
  }

  command(command: Command): Promise<Snapshot & Partial<Refused>> {
    return this.ask(0, "command", command);
  }

  mood(isolate: number, mood: Mood): Promise<void> {
    return this.ask(isolate, "mood", mood);
  }

  say(): Promise<ObjectSays> {
    return this.ask(0, "say");
  }

  /** What is believed of one endpoint. */
  async phaseOf(id: string): Promise<string | undefined> {
    return (await this.snapshot()).endpoints.find((one) => one.id === id)?.phase;
  }

  /** Queries in an isolate until the object believes so of the endpoint. */
  untilPhase(id: string, phase: string, isolate: number = 0): Promise<unknown> {
    return until(async () => {
      await this.query(isolate);
      return await this.phaseOf(id) === phase;
    }, { what: `${id} to be ${phase}`, timeoutMs: 30_000 });
  }

  async ask<T>(isolate: number, path: string, order?: unknown): Promise<T> {
    const init = order === undefined ? {} : { method: "POST", body: JSON.stringify(order) };
    return await (await this.place.fetch(`/${path}`, { isolate, ...init })).json() as T;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.place.dispose();
  }
}

export async function startShared(shape: Shape, isolates: number): Promise<SharedPlace> {
  const place = await startPlace({
    entry: new URL("shared-worker.ts", import.meta.url),
    isolates,
    objects: ["HoldfastCoordinator"],
    kv: ["KV"],
    bindings: { SHAPE: JSON.parse(JSON.stringify(shape)) },
  });
  return new SharedPlace(place);
}

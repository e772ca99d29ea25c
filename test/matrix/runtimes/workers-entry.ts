/** A Worker and a Durable Object, each going the whole path with the packed package. */

import { DurableObject } from "cloudflare:workers";
import {
  type CoordinatorClass,
  type CoordinatorNamespace,
  durableObject,
  durableObjectRuntime,
  type DurableObjectStore,
  onCloudflare,
} from "../../../adapters/cloudflare/mod.ts";
import { createHoldfastOn, type Holdfast } from "../../../mod.ts";
import { wholePath } from "../path.ts";
import { readersOnceOnly } from "../shared.ts";
import { strikeAll } from "../strike.ts";
import type { Task, Told } from "../words.ts";
import { connectorOf, optionsOf } from "./connector-of.ts";

interface Env {
  readonly TASK: Task;
  readonly Inside: DurableObjectNamespace<Going>;
  readonly Coordinator: CoordinatorNamespace;
}

interface Going {
  go(): Promise<Omit<Told, "shared">>;
  read(server: string): Promise<readonly string[]>;
  fetch(request: Request): Promise<Response>;
}

function storeOf({ Coordinator: namespace }: Env): DurableObjectStore {
  return durableObject(namespace);
}

const holdfast = onCloudflare((env: Env) => ({ ...optionsOf(env.TASK), store: storeOf(env) }));

const Base: CoordinatorClass<Env, DurableObject> = holdfast.coordinator(DurableObject);

/** Keeps what the isolates and the object believe. */
export class Coordinator extends Base {}

function strikes(task: Task): Promise<Record<string, string>> {
  return strikeAll(task, (settings) => connectorOf(task.connector, settings));
}

/** A place of its own: its sockets outlive a request. */
export class Inside extends DurableObject<Env> implements Going {
  #sharing: Holdfast | undefined;

  async go(): Promise<Omit<Told, "shared">> {
    const { TASK } = this.env;
    const db = createHoldfastOn(durableObjectRuntime, optionsOf(TASK));
    const path = await wholePath(db, TASK);
    await db.close();
    return { path, faults: await strikes(TASK) };
  }

  read(server: string): Promise<readonly string[]> {
    const { env } = this;
    const options = { ...optionsOf(env.TASK), store: storeOf(env) };
    this.#sharing ??= createHoldfastOn(durableObjectRuntime, options);
    return readersOnceOnly(this.#sharing, server);
  }

  fetch(): Promise<Response> {
    return Promise.resolve(new Response());
  }
}

/** `/<place>/path`, `/<place>/read/<server>`, `/<place>/command/<type>`. */
async function answer(request: Request, env: Env, ctx: ExecutionContext): Promise<unknown> {
  const [, place, order, word = ""] = new URL(request.url).pathname.split("/");
  if (order === "command") {
    const type = word === "isolate" ? "isolate" : "release";
    await storeOf(env).command({ type, endpoint: "replica" });
    return "done";
  }
  if (place === "durable-object") {
    const inside = env.Inside.getByName("one");
    return order === "read" ? await inside.read(word) : await inside.go();
  }
  const session = holdfast(env).session({ ctx });
  if (order === "read") return readersOnceOnly(session, word);
  return { path: await wholePath(session, env.TASK), faults: await strikes(env.TASK) };
}

export default {
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    try {
      return Response.json(await answer(request, env, ctx));
    } catch (error) {
      return new Response(error instanceof Error ? error.stack : String(error), { status: 500 });
    }
  },
};

/** A Worker and a Durable Object, each going the whole path with the packed package. */

import { DurableObject } from "cloudflare:workers";
import {
  type CoordinatorClass,
  type CoordinatorNamespace,
  durableObject,
  durableObjectRuntime,
  type DurableObjectStore,
  onCloudflare,
  type PoolClass,
  pooled,
  type PoolNamespace,
} from "../../../adapters/cloudflare/mod.ts";
import { createHoldfastOn, type Holdfast } from "../../../mod.ts";
import { keepContract } from "../contract.ts";
import { wholePath } from "../path.ts";
import { readersOnceOnly } from "../shared.ts";
import { strikeAll } from "../strike.ts";
import type { Connector } from "../../../src/ports.ts";
import type { FaultOrder, Settings, Task, Told } from "../words.ts";
import { connectorOf, optionsOf } from "./connector-of.ts";

interface Env {
  readonly TASK: Task;
  readonly Inside: DurableObjectNamespace<Going>;
  readonly Coordinator: CoordinatorNamespace;
  readonly Pool: PoolNamespace;
  readonly StruckPool: PoolNamespace;
}

interface Going {
  go(): Promise<Omit<Told, "shared">>;
  read(server: string): Promise<readonly string[]>;
  fetch(request: Request): Promise<Response>;
}

function storeOf({ Coordinator: namespace }: Env): DurableObjectStore {
  return durableObject(namespace);
}

/** The connector to somewhere, by way of pool objects if those are what is tried. */
function connectorBy(
  { connector: name }: Task,
  by: PoolNamespace,
): (settings: Settings, endpoint: string) => Connector {
  return (settings, endpoint) => {
    const connector = connectorOf(name, settings);
    return name === "pooled" ? pooled(connector, { by, endpoint }) : connector;
  };
}

const holdfast = onCloudflare((env: Env) => ({
  ...optionsOf(env.TASK, connectorBy(env.TASK, env.Pool)),
  store: storeOf(env),
}));

/** Who is struck by faults: pool objects connect with what their own options say of an endpoint. */
const struck = onCloudflare(({ TASK, StruckPool }: Env) => ({
  endpoints: TASK.faults.map(({ name, settings }) => ({
    id: idOf(name),
    connector: connectorBy(TASK, StruckPool)(settings, idOf(name)),
  })),
  alerts: false,
}));

function idOf(fault: string): string {
  return fault.replaceAll(/\W+/g, "-");
}

const Lending: PoolClass<Env, DurableObject> = holdfast.pool(DurableObject);
const StruckLending: PoolClass<Env, DurableObject> = struck.pool(DurableObject);

/** Lends the connections of the whole path. */
export class Pool extends Lending {}

/** Lends those that faults strike. */
export class StruckPool extends StruckLending {}

const Base: CoordinatorClass<Env, DurableObject> = holdfast.coordinator(DurableObject);

/** Keeps what the isolates and the object believe. */
export class Coordinator extends Base {}

/** What is told of the connectors themselves. */
async function strikes(
  { TASK, Pool, StruckPool }: Env,
): Promise<Pick<Told, "contract" | "faults">> {
  const [connectorTo, struckTo] = [connectorBy(TASK, Pool), connectorBy(TASK, StruckPool)];
  const ofFault = (settings: Settings, { name }: FaultOrder): Connector =>
    struckTo(settings, idOf(name));
  const contract = await keepContract(
    TASK,
    (settings, fault) =>
      fault === undefined ? connectorTo(settings, "primary") : ofFault(settings, fault),
  );
  return { contract, faults: await strikeAll(TASK, ofFault) };
}

/** A place of its own: its sockets outlive a request. */
export class Inside extends DurableObject<Env> implements Going {
  #sharing: Holdfast | undefined;

  async go(): Promise<Omit<Told, "shared">> {
    const { TASK } = this.env;
    const db = createHoldfastOn(durableObjectRuntime, optionsOf(TASK));
    const path = await wholePath(db, TASK);
    await db.close();
    return { path, ...await strikes(this.env) };
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
  return { path: await wholePath(session, env.TASK), ...await strikes(env) };
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

/** A Worker and a Durable Object, each going the whole path with the packed package. */

import { DurableObject } from "cloudflare:workers";
import { durableObjectRuntime, onCloudflare } from "../../../adapters/cloudflare/mod.ts";
import { createHoldfastOn } from "../../../mod.ts";
import { wholePath } from "../path.ts";
import { strikeAll } from "../strike.ts";
import type { Task, Told } from "../words.ts";
import { connectorOf, optionsOf } from "./connector-of.ts";

interface Env {
  readonly TASK: Task;
  readonly Inside: DurableObjectNamespace<Going>;
}

interface Going {
  go(): Promise<Told>;
  fetch(request: Request): Promise<Response>;
}

const holdfast = onCloudflare(({ TASK }: Env) => optionsOf(TASK));

function strikes(task: Task): Promise<Record<string, string>> {
  return strikeAll(task, (settings) => connectorOf(task.connector, settings));
}

/** A place of its own: its sockets outlive a request. */
export class Inside extends DurableObject<Env> implements Going {
  async go(): Promise<Told> {
    const { TASK } = this.env;
    const db = createHoldfastOn(durableObjectRuntime, optionsOf(TASK));
    const path = await wholePath(db, TASK);
    await db.close();
    return { path, faults: await strikes(TASK) };
  }

  fetch(): Promise<Response> {
    return Promise.resolve(new Response());
  }
}

export default {
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    try {
      if (new URL(request.url).pathname === "/durable-object") {
        return Response.json(await env.Inside.getByName("one").go());
      }
      const path = await wholePath(holdfast(env).session({ ctx }), env.TASK);
      return Response.json({ path, faults: await strikes(env.TASK) });
    } catch (error) {
      return new Response(error instanceof Error ? error.stack : String(error), { status: 500 });
    }
  },
};

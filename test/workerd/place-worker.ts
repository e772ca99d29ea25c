/** What `place.test.ts` looks at a place with. */

import { DurableObject } from "cloudflare:workers";

interface Counting {
  count(): Promise<Counts>;
  abort(): Promise<void>;
  fetch(request: Request): Promise<Response>;
}

interface Env {
  readonly Counter: DurableObjectNamespace<Counting>;
  readonly KV: {
    get(key: string): Promise<string | null>;
    put(key: string, value: string): Promise<void>;
  };
  readonly GREETING: string;
}

/** How often it was asked: since its memory began, and ever. */
export interface Counts {
  readonly memory: number;
  readonly storage: number;
}

/** Of this isolate. */
let asked = 0;
let crons = 0;

export class Counter extends DurableObject<Env> implements Counting {
  #memory = 0;

  async count(): Promise<Counts> {
    this.#memory++;
    const storage = 1 + (await this.ctx.storage.get<number>("count") ?? 0);
    await this.ctx.storage.put("count", storage);
    return { memory: this.#memory, storage };
  }

  abort(): Promise<void> {
    this.ctx.abort("told to");
    return Promise.resolve();
  }

  fetch(): Promise<Response> {
    return Promise.resolve(new Response());
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    asked++;
    switch (new URL(request.url).pathname) {
      case "/isolate":
        return Response.json({ asked, crons, greeting: env.GREETING });
      case "/count":
        return Response.json(await env.Counter.getByName("one").count());
      case "/abort":
        return Response.json(
          await env.Counter.getByName("one").abort().catch((error: Error) => error.message),
        );
      case "/put":
        await env.KV.put("key", await request.text());
        return new Response();
      case "/get":
        return Response.json(await env.KV.get("key"));
      default:
        console.log("nothing there");
        return new Response(null, { status: 404 });
    }
  },

  scheduled(): Promise<void> {
    crons++;
    return Promise.resolve();
  },
};

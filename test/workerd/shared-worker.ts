/**
 * A Worker on a real cluster as a user would write it, with a coordinator that can be told to fail:
 * `/query`, `/burst`, `/load`, `/stats`, `/store/<method>`, `/mood`, `/object/<deed>`, `/misuse/<how>`.
 */

import { DurableObject } from "cloudflare:workers";
import { postgres } from "../../adapters/connectors/postgres/mod.ts";
import {
  type CoordinatorClass,
  type CoordinatorNamespace,
  durableObject,
  type KvNamespace,
  onCloudflare,
  type Reply,
  workersKv,
} from "../../adapters/cloudflare/mod.ts";
import type { Command, HoldfastOptions, Session } from "../../mod.ts";
import type { Burst, Load, Mood, ObjectSays, Shape } from "./shared-orders.ts";

interface Env {
  readonly HoldfastCoordinator: DurableObjectNamespace<Told>;
  readonly KV: KvNamespace;
  readonly SHAPE: Shape;
}

/** What the test's coordinator does beside its work. */
interface Told {
  say(): Promise<ObjectSays>;
  abort(): Promise<void>;
  disarm(): Promise<void>;
  write(text: string): Promise<void>;
}

/** How the namespace behaves towards this isolate. */
let mood: Mood = "well";
let calls = 0;

/** A namespace that fails as Cloudflare says it does, or whose object takes its time. */
function moody(namespace: CoordinatorNamespace): CoordinatorNamespace {
  return {
    getByName(name, options) {
      calls++;
      switch (mood) {
        case "well":
          return namespace.getByName(name, options);
        case "slow":
          return namespace.getByName("slow", options);
        case "unreachable":
          return namespace.getByName("dead", options);
        case "overloaded": {
          const error = Object.assign(new Error("Durable Object is overloaded."), {
            overloaded: true,
          });
          return { sync: () => Promise.reject(error), claim: () => Promise.reject(error) };
        }
        default:
          return mood satisfies never;
      }
    },
  };
}

function optionsFor({ SHAPE, KV, HoldfastCoordinator }: Env): HoldfastOptions {
  const bootstrap = SHAPE.bootstrap === true ? { bootstrap: workersKv(KV) } : {};
  const { urls, options } = SHAPE;
  return {
    endpoints: Object.entries(urls).map(([id, url]) => {
      return { id, role: id === "primary" ? "primary" : "replica", connector: postgres(url) };
    }),
    readPreference: "secondaryPreferred",
    alerts: false,
    ...options,
    ...(SHAPE.store === "none"
      ? {}
      : { store: durableObject(moody(HoldfastCoordinator), bootstrap) }),
  };
}

const holdfast = onCloudflare(optionsFor);

const Coordinator: CoordinatorClass<Env, DurableObject> = holdfast.coordinator(DurableObject);

export class HoldfastCoordinator extends Coordinator {
  readonly #ctx: DurableObjectState;
  readonly #bornAt = crypto.randomUUID();
  rings = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx as never, env);
    this.#ctx = ctx;
  }

  override async sync(report: unknown): Promise<Reply> {
    const { name } = this.#ctx.id;
    if (name === "slow") await new Promise((resolve) => setTimeout(resolve, 5_000));
    if (name === "dead") this.#ctx.abort("dead");
    return super.sync(report);
  }

  override async alarm(info?: { readonly scheduledTime?: number }): Promise<void> {
    this.rings++;
    await super.alarm(info);
  }

  async say(): Promise<ObjectSays> {
    return { life: this.#bornAt, rings: this.rings, alarmAt: await this.#ctx.storage.getAlarm() };
  }

  abort(): Promise<void> {
    this.#ctx.abort("told to");
    return Promise.resolve();
  }

  async disarm(): Promise<void> {
    await this.#ctx.storage.deleteAlarm();
  }

  /** What another version of the code would have written. */
  write(text: string): Promise<void> {
    this.#ctx.storage.sql.exec("update holdfast set value = ? where name = 'cluster'", text);
    return Promise.resolve();
  }
}

async function burst(session: Session, { text, count }: Burst): Promise<unknown[]> {
  return await Promise.all(Array.from({ length: count }, async () => {
    try {
      return (await session.query(text)).servedBy;
    } catch (error) {
      return { error: String(error) };
    }
  }));
}

/** As many queries as it can in so many milliseconds, `width` at a time; and how long each took. */
async function load(session: Session, { text, forMs, width }: Load): Promise<unknown> {
  const until = Date.now() + forMs;
  const took: number[] = [];
  let failed = 0;
  await Promise.all(Array.from({ length: width }, async () => {
    while (Date.now() < until) {
      const startedAt = Date.now();
      await session.query(text).catch(() => failed++);
      took.push(Date.now() - startedAt);
    }
  }));
  return { took, failed };
}

/** A session that outlives its request. */
let kept: Session | undefined;

async function answer(request: Request, env: Env, ctx: ExecutionContext): Promise<unknown> {
  const path = new URL(request.url).pathname.split("/").slice(1);
  const order = request.method === "POST" ? await request.json() : undefined;
  const db = holdfast(env);
  const object = env.HoldfastCoordinator.getByName("holdfast");
  const store = durableObject(env.HoldfastCoordinator);
  switch (path.join("/")) {
    case "query":
      return await db.session({ ctx }).query(order as string);
    case "burst":
      return await burst(db.session({ ctx }), order as Burst);
    case "load":
      return await load(db.session({ ctx }), order as Load);
    case "stats":
      return { ...db.stats(), calls };
    case "mood":
      mood = order as Mood;
      return mood;
    case "snapshot":
      return await store.snapshot();
    case "command":
      return await store.command(order as Command);
    case "copy":
      return await workersKv(env.KV).copy.read();
    case "say":
      return await object.say();
    case "abort":
      return await object.abort().catch((error: Error) => error.message);
    case "disarm":
      return await object.disarm();
    case "write":
      return await object.write(order as string);
    case "misuse/db":
      return await db.query(order as string);
    case "misuse/keep":
      kept = db.session({ ctx });
      return await kept.query(order as string);
    case "misuse/use":
      return await kept?.query(order as string);
    default:
      throw new Error(`No such path: ${path.join("/")}`);
  }
}

export default {
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    try {
      return Response.json(await answer(request, env, ctx) ?? null);
    } catch (error) {
      const { code, message } = error as { code?: string; message: string };
      return Response.json({ error: { code, message } });
    }
  },
  scheduled(controller: unknown, env: Env, ctx: unknown): Promise<void> {
    return holdfast.scheduled(controller, env, ctx);
  },
};

/**
 * A place as Workers are, in virtual time: each timer, connection and promise belongs to the request that made it.
 * Another request's use of it throws or is noted as a crossing, and nothing of a request goes on when that is over
 * or cut off: its timers do not fire, its connections are gone, its promises never settle.
 */

import { AsyncLocalStorage, createHook } from "node:async_hooks";
import type { Clock, Connection, Connector, Runtime, Timer } from "../src/ports.ts";
import { seeded, VirtualClock } from "./virtual.ts";

/** What workerd says. */
const FOREIGN = "Cannot perform I/O on behalf of a different request.";

/** A request under way, from the outside. */
export interface Request<T> {
  /** Settles as its handler does; never, once it is cut off. */
  readonly answer: Promise<T>;
  /** The client hangs up, or the place ends it: nothing of it goes on. */
  cut(): void;
}

/** What a handler is given. */
export interface Context {
  waitUntil(work: Promise<unknown>): void;
}

interface Owner {
  readonly name: string;
  isOver: boolean;
  readonly connections: Connection[];
}

/** The place. One at a time: promises are watched in the whole process. */
export class RequestPlace implements Disposable {
  readonly clock: VirtualClock = new VirtualClock();
  /** What one request did with another's. */
  readonly crossings: string[] = [];
  readonly runtime: Runtime;
  readonly #current = new AsyncLocalStorage<Owner>();
  readonly #owners = new Map<number, Owner>();
  readonly #hook: ReturnType<typeof createHook>;
  #requests = 0;

  constructor(seed = 1) {
    const clock: Clock = {
      now: () => this.clock.now(),
      after: (delayMs, wake) => this.#timer(delayMs, wake),
      background: (delayMs, wake) => this.#timer(delayMs, wake),
    };
    this.runtime = {
      clock,
      random: seeded(seed),
      persistentIO: false,
      background: false,
      here: () => {
        const owner = this.#owner("a mark");
        return () => this.#current.getStore() === owner;
      },
    };
    this.#hook = createHook({
      init: (id, type, trigger) => {
        if (type !== "PROMISE") return;
        const now = this.#current.getStore();
        const before = this.#owners.get(trigger);
        if (now !== undefined) this.#owners.set(id, now);
        if (now !== undefined && before !== undefined) this.#note(before, now, "awaits");
      },
      promiseResolve: (id) => {
        const now = this.#current.getStore();
        const owner = this.#owners.get(id);
        if (now !== undefined && owner !== undefined) this.#note(owner, now, "settles");
      },
    }).enable();
  }

  /** Runs a handler in a request of its own. Over when it has answered and all it kept is done. */
  request<T>(handler: (ctx: Context) => Promise<T>): Request<T> {
    const owner: Owner = { name: `request ${++this.#requests}`, isOver: false, connections: [] };
    const kept: Promise<unknown>[] = [];
    const ctx: Context = { waitUntil: (work) => void kept.push(work) };
    const answer = this.#current.run(owner, async () => {
      try {
        return await handler(ctx);
      } finally {
        void allOf(kept).then(() => this.#end(owner));
      }
    });
    // What was answered stays answered, also when the request is over.
    const client = { isOver: false };
    const cut = (): void => {
      client.isOver = true;
      this.#end(owner);
    };
    return { answer: gated(client, answer), cut };
  }

  /** As `connector`, but each connection serves the request that opened it alone. */
  bound(connector: Connector): Connector {
    return {
      name: connector.name,
      dialect: connector.dialect,
      transport: connector.transport,
      transactions: connector.transactions,
      connect: (options) => {
        const owner = this.#owner("a connect");
        const opened = connector.connect(options).then((connection) => {
          if (owner.isOver) connection.destroy();
          owner.connections.push(connection);
          return this.#line(owner, connection);
        });
        return gated(owner, opened);
      },
    };
  }

  /** Throws if anything crossed. */
  [Symbol.dispose](): void {
    this.#hook.disable();
    const [first] = this.crossings;
    if (first !== undefined) throw new Error(first);
  }

  #line(owner: Owner, inner: Connection): Connection {
    const use = <T>(work: () => Promise<T>): Promise<T> => {
      return this.#mayTouch(owner) ? gated(owner, work()) : Promise.reject(new Error(FOREIGN));
    };
    const { toldRole } = inner;
    const inContext = (told: () => void) => (): void => this.#current.run(owner, told);
    return {
      get usable() {
        return !owner.isOver && inner.usable;
      },
      toldRole,
      promote: () => use(() => inner.promote?.() ?? Promise.reject(new Error("It cannot"))),
      run: (text, params, options) => use(() => inner.run(text, params, options)),
      inspect: () => use(() => inner.inspect()),
      close: () => use(() => inner.close()),
      destroy: () => {
        if (!this.#mayTouch(owner)) throw new Error(FOREIGN);
        inner.destroy();
      },
      get onLost() {
        return inner.onLost;
      },
      set onLost(told) {
        inner.onLost = told && inContext(told);
      },
    };
  }

  #mayTouch(owner: Owner): boolean {
    const now = this.#current.getStore();
    if (now === owner) return true;
    this.crossings.push(`${now?.name ?? "nobody"} uses a connection of ${owner.name}`);
    return false;
  }

  #timer(delayMs: number, wake: () => void): Timer {
    const owner = this.#owner("a timer");
    const timer = this.clock.after(delayMs, () => {
      if (!owner.isOver) this.#current.run(owner, wake);
    });
    return {
      cancel: () => {
        this.#note(owner, this.#owner("a timer's end"), "cancels a timer of");
        timer.cancel();
      },
    };
  }

  #owner(what: string): Owner {
    const owner = this.#current.getStore();
    if (owner === undefined) throw new Error(`Disallowed in global scope: ${what}`);
    return owner;
  }

  #note(owner: Owner, now: Owner, does: string): void {
    if (owner === now) return;
    this.crossings.push(`${now.name} ${does} ${owner.name}: ${new Error("here").stack}`);
  }

  #end(owner: Owner): void {
    owner.isOver = true;
    this.#current.exit(() => {
      for (const connection of owner.connections) connection.destroy();
    });
  }
}

/** All of it, and what is added meanwhile. */
async function allOf(kept: readonly Promise<unknown>[]): Promise<void> {
  for (let seen = 0; seen < kept.length;) {
    seen = kept.length;
    await Promise.allSettled(kept);
  }
}

/** Settles as `work` does, as long as its request is not over. */
function gated<T>(owner: Pick<Owner, "isOver">, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    work.then(
      (value) => void (owner.isOver || resolve(value)),
      (reason: unknown) => void (owner.isOver || reject(reason as Error)),
    );
  });
}

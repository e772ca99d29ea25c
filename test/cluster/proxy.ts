/**
 * A TCP proxy in front of one server, for the faults a signal cannot make: a port that refuses, a line
 * that breaks in the middle of an answer, a network that swallows everything.
 *
 * ```ts
 * await using proxy = await startProxy(replica.port);
 * const url = proxy.via(replica.url());
 * await proxy.behave({ kind: "blackHole" });
 * await proxy.behave({ kind: "pass" });
 * ```
 *
 * @module
 */

import { createServer, type Server, type Socket } from "node:net";
import { freePort } from "./place.ts";
import { Line, type LineBehaviour } from "./proxy-line.ts";
import { until } from "./wait.ts";

/** What a proxy does to its connections. */
export type ProxyBehaviour =
  | LineBehaviour
  /** Reaches the server so much after it accepted, and passes everything on from then. Open lines pass. */
  | { readonly kind: "lateConnect"; readonly ms: number }
  /** Nobody listens: ECONNREFUSED. Open connections end, as when a process dies. */
  | { readonly kind: "refuse" }
  /** Accepts and hangs up at once (FIN). */
  | { readonly kind: "acceptThenClose" }
  /** Accepts and resets at once (RST). */
  | { readonly kind: "reset" };

/** Which connections a behaviour is for. */
export type ProxyScope = "all" | "existing" | "new";

/** A running proxy. Starts as one that passes everything on. */
export class TcpProxy implements AsyncDisposable {
  /** Stays the same while it refuses. */
  readonly port: number;
  readonly #target: number;
  readonly #lines = new Set<Line>();
  /** How new connections are met. */
  #behaviour: ProxyBehaviour = { kind: "pass" };
  #server: Server | undefined;
  #accepted = 0;
  /** Behaviours are taken up one after the other: listening and closing take time. */
  #turn: Promise<void> = Promise.resolve();

  constructor(port: number, target: number) {
    this.port = port;
    this.#target = target;
  }

  /** How many connections are open through it now. */
  get open(): number {
    return this.#lines.size;
  }

  /** How many connections it ever accepted, those it hung up on included. */
  get accepted(): number {
    return this.#accepted;
  }

  /** A server's URL, by way of this proxy. */
  via(url: string): string {
    const changed = new URL(url);
    changed.hostname = "127.0.0.1";
    changed.port = String(this.port);
    return changed.href;
  }

  /**
   * Behaves so from now on, and resolves once it does. `existing` leaves new connections as they were
   * met before, `new` leaves the open ones alone.
   */
  behave(behaviour: ProxyBehaviour, scope: ProxyScope = "all"): Promise<void> {
    return this.#next(async () => {
      if (scope !== "existing") {
        this.#behaviour = behaviour;
        await (behaviour.kind === "refuse" ? this.#stopListening() : this.listen());
      }
      if (scope === "new") return;
      for (const line of this.#lines) {
        if (changes(behaviour)) line.behave(behaviour);
        else if (behaviour.kind === "lateConnect") line.behave({ kind: "pass" });
        else line.destroy(behaviour.kind === "reset");
      }
    });
  }

  /** Resets (RST) the open connections, both ends, once. New ones are met as before. */
  resetOpen(): Promise<void> {
    return this.behave({ kind: "reset" }, "existing");
  }

  /** Stops, and resolves when every socket is closed. */
  close(): Promise<void> {
    return this.#next(async () => {
      const closed = this.#stopListening();
      for (const line of this.#lines) line.destroy(false);
      await closed;
      await Promise.all([...this.#lines].map((line) => line.closed));
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Used by {@link startProxy} once; here because it needs the private parts. */
  async listen(): Promise<void> {
    if (this.#server !== undefined) return;
    // Somebody who looks for a free port may hold this one for an instant.
    await until(async () => {
      const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true });
      server.on("connection", (socket) => this.#meet(socket));
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen({ host: "127.0.0.1", port: this.port, exclusive: true }, resolve);
      });
      this.#server = server;
      return true;
    }, { what: `port ${this.port} to be free` });
  }

  #meet(socket: Socket): void {
    this.#accepted++;
    const behaviour = this.#behaviour;
    if (behaviour.kind === "lateConnect") {
      const line = this.#follow(new Line(socket, this.#target, { kind: "blackHole" }));
      setTimeout(() => line.behave({ kind: "pass" }), behaviour.ms).unref();
      return;
    }
    if (!changes(behaviour)) {
      socket.on("error", () => {});
      if (behaviour.kind === "reset") socket.resetAndDestroy();
      else socket.destroy();
      return;
    }
    this.#follow(new Line(socket, this.#target, behaviour));
  }

  #follow(line: Line): Line {
    this.#lines.add(line);
    line.closed.then(() => this.#lines.delete(line), () => {});
    return line;
  }

  /** Waits for the port only: open connections may live on. */
  #stopListening(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    // The handle is closed at once; the callback would wait for the last open connection.
    server?.close();
    return Promise.resolve();
  }

  #next(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => {});
    return turn;
  }
}

/** Whether a line lives on under it. */
function changes(behaviour: ProxyBehaviour): behaviour is LineBehaviour {
  return behaviour.kind !== "refuse" && behaviour.kind !== "acceptThenClose" &&
    behaviour.kind !== "reset" && behaviour.kind !== "lateConnect";
}

/** A proxy on a free port of 127.0.0.1, in front of the port there. */
export async function startProxy(target: number): Promise<TcpProxy> {
  const proxy = new TcpProxy(await freePort(), target);
  await proxy.listen();
  return proxy;
}

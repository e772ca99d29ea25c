/**
 * Hyperdrive's protocol in front of a real PostgreSQL: a login of its own, a pool by transactions whose sessions are
 * reset (developers.cloudflare.com/hyperdrive/concepts/how-hyperdrive-works), prepared statements that follow their
 * client (blog.cloudflare.com/postgres-named-prepared-statements-supported-hyperdrive), its errors
 * (…/hyperdrive/observability/troubleshooting), and its cache (`read-cache.ts`).
 *
 * ```ts
 * await using double = await startDouble(cluster.primary.port);
 * const connector = postgres({ hyperdrive: double.binding() });
 * double.fault = { kind: "answer", when: "after", message: "Internal error." };
 * ```
 */

import { type AddressInfo, createServer, type Server } from "node:net";
import { Client } from "./client.ts";
import { ReadCache } from "./read-cache.ts";
import { Session } from "./session.ts";

/** What goes wrong with every statement from then on, before it runs or after. */
export type Fault =
  | { readonly kind: "none" }
  /** Says so, with 58000. */
  | { readonly kind: "answer"; readonly when: "before" | "after"; readonly message: string }
  /** Ends the client's line. */
  | { readonly kind: "drop"; readonly when: "before" | "after" };

export class Double implements AsyncDisposable {
  fault: Fault = { kind: "none" };
  /** Cancel requests that came. */
  cancels = 0;
  readonly cache: ReadCache = new ReadCache();
  readonly #server: Server;
  readonly #clients = new Set<Client>();
  #idle: Session[] = [];
  #target: number;

  constructor(server: Server, target: number) {
    this.#server = server;
    this.#target = target;
    server.on("connection", (socket) => {
      const client = new Client(this, socket);
      this.#clients.add(client);
      socket.on("close", () => this.#clients.delete(client));
    });
  }

  get connectionString(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `postgres://postgres:unused@127.0.0.1:${port}/postgres?sslmode=disable`;
  }

  /** As `env.HYPERDRIVE`. */
  binding(): { readonly connectionString: string } {
    return { connectionString: this.connectionString };
  }

  /** Leads to another server from then on; the clients' lines stay. */
  leadTo(port: number): void {
    this.#target = port;
    for (const session of this.#idle.splice(0)) session.end();
  }

  async takeSession(): Promise<Session> {
    for (let session = this.#idle.shift(); session !== undefined; session = this.#idle.shift()) {
      if (session.open) return session;
    }
    return await Session.open(this.#target, "postgres", "postgres");
  }

  /** The oldest is lent next: a client does not get the same one twice in a row. */
  async giveBack(session: Session): Promise<void> {
    await session.reset().then(() => this.#idle.push(session), () => session.end());
  }

  /** Opens sessions beforehand, so that each statement may meet another one. */
  async warm(count: number): Promise<void> {
    const sessions = await Promise.all(Array.from({ length: count }, () => this.takeSession()));
    this.#idle.push(...sessions);
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.end();
    for (const session of this.#idle) session.end();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** A double in front of the server at that port, which lets everybody in (`trust`). */
export async function startDouble(target: number): Promise<Double> {
  const server = createServer({ noDelay: true });
  const double = new Double(server, target);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return double;
}

/**
 * A TCP proxy that counts how often somebody waited for the server: each answer that follows a question is one round
 * trip, however many messages went together. The handshake of TCP is not seen; a goodbye has no answer.
 */

import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

export class RoundTrips implements AsyncDisposable {
  /** Since it was last set to 0, over all connections. */
  count = 0;
  connections = 0;
  readonly #server: Server;
  readonly #open = new Set<Socket>();

  constructor(server: Server, target: number) {
    this.#server = server;
    server.on("connection", (client) => {
      this.connections++;
      const upstream = connect({ host: "127.0.0.1", port: target, noDelay: true });
      let asked = false;
      client.on("data", (chunk: Buffer) => {
        asked = true;
        upstream.write(chunk);
      });
      upstream.on("data", (chunk: Buffer) => {
        if (asked) this.count++;
        asked = false;
        client.write(chunk);
      });
      for (const [one, other] of [[client, upstream], [upstream, client]] as const) {
        this.#open.add(one);
        one.on("end", () => other.end());
        one.on("error", () => other.destroy());
        one.on("close", () => {
          this.#open.delete(one);
          other.destroy();
        });
      }
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** A server's URL, by way of this proxy. */
  via(url: string): string {
    const changed = new URL(url);
    changed.port = String(this.port);
    return changed.href;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Counts what goes to that port of 127.0.0.1. */
export async function countRoundTrips(target: number): Promise<RoundTrips> {
  const server = createServer({ noDelay: true });
  const trips = new RoundTrips(server, target);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return trips;
}

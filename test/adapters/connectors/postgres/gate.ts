/**
 * A TCP server under the test's thumb: passes connections on to a real server, cuts them, answers
 * them itself, or says nothing.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { frame, nul } from "./messages.ts";

/** What happens to a connection that comes in. */
export type Treatment = (client: Socket, gate: Gate) => void;

/** A place to connect to, whose behaviour can be changed while it runs. */
export class Gate implements AsyncDisposable {
  /** Every connection that ever came in. */
  readonly clients: Socket[] = [];
  readonly #server: Server;
  treatment: Treatment;

  constructor(server: Server, treatment: Treatment) {
    this.#server = server;
    this.treatment = treatment;
    server.on("connection", (client) => {
      client.on("error", () => {});
      this.clients.push(client);
      this.treatment(client, this);
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `postgres://postgres@127.0.0.1:${this.port}/postgres`;
  }

  /** Cuts every line: `fin` as a process that ends, `rst` as a machine that has forgotten us. */
  cut(how: "fin" | "rst"): void {
    for (const client of this.clients) {
      if (client.destroyed) continue;
      if (how === "rst") client.resetAndDestroy();
      else client.end();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.clients) client.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

export async function openGate(treatment: Treatment): Promise<Gate> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return new Gate(server, treatment);
}

/** Passes everything on to a port, and takes both ends down together. */
export function passTo(
  port: number,
  watch: { fromServer?: (bytes: Buffer) => void } = {},
): Treatment {
  return (client) => {
    const server = connect(port, "127.0.0.1");
    server.on("error", () => client.destroy());
    server.on("data", (bytes) => {
      client.write(bytes);
      watch.fromServer?.(bytes);
    });
    client.on("data", (bytes) => server.write(bytes));
    client.on("close", () => server.destroy());
    server.on("close", () => client.end());
  };
}

/** Accepts and closes, as a load balancer without a backend does. */
export const closeAtOnce: Treatment = (client) => void client.end();

/** Accepts and never says a word. */
export const silence: Treatment = () => {};

/** Answers the login with a FATAL. */
export function refuseLogin(code: string, message: string): Treatment {
  return (client) => {
    client.once("data", () => {
      const fields = ["SFATAL", "VFATAL", `C${code}`, `M${message}`].map(nul);
      client.end(frame("E", Buffer.concat([...fields, Buffer.from([0])])));
    });
  };
}

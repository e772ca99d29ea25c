/**
 * A webhook's receiver on this machine: checks signatures with Standard Webhooks' own library, and
 * misbehaves as told.
 */

import {
  createServer,
  type IncomingHttpHeaders,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import type { WebhookPayload } from "../../../adapters/alerts/mod.ts";

/** Shared with the receiver in every test. */
export const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/** What came. */
export interface Received {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** What the library makes of it; throws when the signature is wrong. */
  verify(secret?: string): WebhookPayload;
}

/** How to answer one request. */
export type Behaviour = (response: ServerResponse, received: Received) => void;

/** Answers with a status and headers. */
export function status(code: number, headers: Record<string, string> = {}): Behaviour {
  return (response) => response.writeHead(code, headers).end("said something");
}

/** Does not answer. */
export const hang: Behaviour = () => {};

/** A server that behaves in turn as told, then well. */
export class Receiver implements AsyncDisposable {
  readonly received: Received[] = [];
  readonly behaviours: Behaviour[] = [];
  /** Requests whose line broke before the answer was complete. */
  broken = 0;
  readonly #server: Server;
  #heard: (() => void)[] = [];

  constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const { method, url: path, headers } = request;
        const body = Buffer.concat(chunks).toString();
        const verify = (secret: string = SECRET): WebhookPayload =>
          new Webhook(secret).verify(body, headers as Record<string, string>) as WebhookPayload;
        const received: Received = { method, path, headers, body, verify };
        this.received.push(received);
        (this.behaviours.shift() ?? status(204))(response, received);
        this.#tell();
      });
      response.on("close", () => {
        if (!response.writableFinished) this.broken++;
        this.#tell();
      });
    });
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo; // it listens on a port
    return `http://127.0.0.1:${port}/hooks/token-that-nobody-may-see`;
  }

  /** Waits until something holds of what came. */
  async until(holds: (receiver: this) => boolean): Promise<void> {
    while (!holds(this)) await new Promise<void>((resolve) => this.#heard.push(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #tell(): void {
    for (const heard of this.#heard.splice(0)) heard();
  }
}

/** A receiver that listens. */
export function receiver(): Promise<Receiver> {
  return new Receiver().listen();
}

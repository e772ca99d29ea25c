/**
 * Neon's protocols in front of a real PostgreSQL: `/sql` by HTTP (`sql.ts`) and, at any path, a WebSocket that
 * passes bytes on, as neondatabase/wsproxy does (`main.go`: `?address=host:port`, binary frames). Whatever address
 * is asked for, it leads to the one server behind.
 *
 * ```ts
 * await using double = await startDouble(cluster.primary.port);
 * const connector = neon(double.options());
 * double.fault = { kind: "answer", status: 503, body: "overloaded" };
 * ```
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { type Answered, runSql } from "./sql.ts";

/** What goes wrong, for every request from then on. */
export type Fault =
  | { readonly kind: "none" }
  /** Answers so; `ran`: after the statement was run. */
  | {
    readonly kind: "answer";
    readonly status: number;
    readonly body: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly ran?: boolean;
  }
  /** Cuts the connection: before the statement runs, after it, or in the middle of the answer. */
  | { readonly kind: "drop"; readonly when: "before" | "after" | "midAnswer" }
  /** Takes the request and says nothing for ever. */
  | { readonly kind: "blackHole" }
  /** Answers once `release` is called. A compute that wakes up is that. */
  | { readonly kind: "asleep"; readonly awake: Promise<unknown> };

/** A running double. */
export class Double implements AsyncDisposable {
  /** For requests by HTTP. */
  fault: Fault = { kind: "none" };
  /**
   * For WebSockets that are opened: `refuse`: answers 503; `blackHole`: never answers; `garbage`: other bytes;
   * `awake`: open at once, and passes nothing on before the compute behind is awake; `says`: refuses the login with
   * a word of the proxy's own (neondatabase/neon, `proxy/src/stream.rs`: an ERROR, whose code is always XX000).
   */
  upgrade:
    | "none"
    | "refuse"
    | "blackHole"
    | "garbage"
    | { readonly awake: Promise<unknown> }
    | { readonly says: string } = "none";
  /** How many requests came, and how many WebSockets. */
  requests = 0;
  /** What they held, until a test empties it. */
  readonly bodies: string[] = [];
  sockets = 0;
  /** Cancelled because the client had gone. */
  cancelled = 0;
  readonly port: number;
  readonly #server: Server;
  readonly #open: Set<{ readonly client: WebSocket; readonly upstream: Socket }> = new Set();
  readonly #held: Set<Socket | Duplex> = new Set();
  #upstreamPort: number;

  constructor(server: Server, port: number, upstreamPort: number) {
    this.#server = server;
    this.port = port;
    this.#upstreamPort = upstreamPort;
  }

  /** Options of `neon()` for what is behind it. */
  options(user = "postgres", password = "pw", database = "postgres"): {
    readonly url: string;
    readonly sqlUrl: string;
    readonly webSocketUrl: string;
  } {
    return {
      url: `postgres://${user}:${password}@ep-double.local/${database}`,
      sqlUrl: `http://127.0.0.1:${this.port}/sql`,
      webSocketUrl: `ws://127.0.0.1:${this.port}/v2`,
    };
  }

  /** Ends every WebSocket that is open, as a network does: without a word. */
  cutSockets(): void {
    for (const { client } of this.#open) client.terminate();
  }

  /** Ends what is behind them: the relay closes properly. */
  cutUpstreams(): void {
    for (const { upstream } of this.#open) upstream.destroy();
  }

  /** How many WebSockets are open. */
  get open(): number {
    return this.#open.size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  close(): Promise<void> {
    this.cutSockets();
    for (const held of this.#held) held.destroy();
    this.#server.closeAllConnections();
    return new Promise((resolve) => void this.#server.close(() => resolve()));
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests++;
    const { fault } = this;
    const body = await bodyOf(request);
    this.bodies.push(body);
    if (fault.kind === "blackHole") return;
    if (fault.kind === "asleep") await fault.awake;
    if (fault.kind === "drop" && fault.when === "before") return void request.socket.destroy();
    if (fault.kind === "answer" && fault.ran !== true) return send(response, fault);
    const job = runSql(this.#upstreamPort, request.headers, body);
    response.on("close", () => {
      if (response.writableFinished || response.headersSent) return;
      this.cancelled++;
      // The server may be gone by then.
      void job.cancel().catch(() => {});
    });
    const answered = await job.answer;
    if (fault.kind === "answer") return send(response, fault);
    if (fault.kind === "drop") {
      if (fault.when === "midAnswer") {
        response.writeHead(answered.status, { "content-length": String(answered.body.length) });
        await new Promise((resolve) => response.write(answered.body.slice(0, 20), resolve));
      }
      request.socket.resetAndDestroy();
      return;
    }
    send(response, answered);
  }

  relay(sockets: WebSocketServer, request: IncomingMessage, line: Duplex, head: Buffer): void {
    this.sockets++;
    this.#held.add(line);
    line.on("error", () => {});
    if (this.upgrade === "blackHole") return;
    if (this.upgrade === "refuse") {
      line.end(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
      );
      return;
    }
    sockets.handleUpgrade(request, line, head, (client) => {
      if (this.upgrade === "garbage") {
        return client.send(Buffer.from([255, 0, 0, 0, 4]));
      }
      const { upgrade } = this;
      if (typeof upgrade === "object" && "says" in upgrade) {
        client.once("message", () => {
          client.send(errorResponse(upgrade.says));
          client.close();
        });
        return;
      }
      const upstream = connect(this.#upstreamPort, "127.0.0.1");
      const pair = { client, upstream };
      if (typeof upgrade === "object") {
        upstream.cork();
        void upgrade.awake.then(() => upstream.uncork());
      }
      this.#open.add(pair);
      client.on("message", (data: Buffer) => upstream.write(data));
      client.on("close", () => {
        this.#open.delete(pair);
        upstream.destroy();
      });
      client.on("error", () => {});
      upstream.on("data", (data) => client.send(data));
      upstream.on("close", () => client.close());
      upstream.on("error", () => client.close());
    });
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}

/** PostgreSQL's message (its manual, "Message Formats"). */
function errorResponse(message: string): Buffer {
  const fields = Buffer.from(`SERROR\0CXX000\0M${message}\0\0`);
  const head = Buffer.from("E\0\0\0\0");
  head.writeInt32BE(4 + fields.length, 1);
  return Buffer.concat([head, fields]);
}

function send(response: ServerResponse, { status, headers = {}, body }: Answered): void {
  if (response.destroyed) return;
  response.writeHead(status, headers);
  response.end(body);
}

/** Starts a double of a Neon endpoint over the server at `upstreamPort`. */
export async function startDouble(upstreamPort: number): Promise<Double> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const double = new Double(server, port, upstreamPort);
  const sockets = new WebSocketServer({ noServer: true });
  server.on(
    "request",
    (request, response) => void double.answer(request, response).catch(() => {}),
  );
  server.on("upgrade", (request, line, head) => double.relay(sockets, request, line, head));
  return double;
}

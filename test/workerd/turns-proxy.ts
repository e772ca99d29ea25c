/**
 * A TCP proxy that counts how often the client speaks after the server has: each time is one round trip
 * that somebody waits for.
 *
 * @module
 */

import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** One proxy to one server. */
export interface TurnsProxy extends AsyncDisposable {
  readonly port: number;
  /** What each line said so far, in the order they were opened; a goodbye is no turn. */
  readonly turns: readonly number[];
}

const TERMINATE = 0x58;

/** Listens on a port of its own on loopback. */
export async function startTurnsProxy(port: number): Promise<TurnsProxy> {
  const turns: number[] = [];
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const line = turns.push(0) - 1;
    const upstream = connect(port, "127.0.0.1");
    let isClientsTurn = true;
    client.on("data", (bytes) => {
      if (isClientsTurn && bytes[0] !== TERMINATE) turns[line] = (turns[line] ?? 0) + 1;
      isClientsTurn = false;
      upstream.write(bytes);
    });
    upstream.on("data", (bytes) => {
      isClientsTurn = true;
      client.write(bytes);
    });
    for (const [one, other] of [[client, upstream], [upstream, client]] as const) {
      open.add(one);
      one.on("error", () => other.destroy());
      one.on("end", () => other.end());
      one.on("close", () => open.delete(one));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    turns,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  type Cluster,
  startCluster,
  startProxy,
  type TcpProxy,
  until,
  whyNoCluster,
} from "./mod.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

/** A client's end: everything it got, and how it ended. */
class Client {
  readonly socket: Socket;
  got = "";
  end: "" | "FIN" | "ECONNRESET" | "ECONNREFUSED" = "";

  constructor(port: number) {
    this.socket = connect({ host: "127.0.0.1", port, noDelay: true });
    this.socket.on("data", (chunk) => this.got += String(chunk));
    this.socket.on("end", () => this.end = "FIN");
    this.socket.on(
      "error",
      (error: NodeJS.ErrnoException) => this.end = error.code as "ECONNRESET",
    );
  }

  async hears(text: string): Promise<void> {
    await until(() => this.got === text, {
      what: `the answer ${text}`,
      detail: () => `It got ${this.got.length} bytes: ${this.got.slice(0, 200)} ${this.end}`,
    });
  }

  async ends(how: Client["end"]): Promise<void> {
    await until(() => this.end === how, { what: how, detail: () => `It is "${this.end}"` });
  }
}

describe("startProxy() before an echo", () => {
  let echo: Server;
  let proxy: TcpProxy;
  let clients: Client[];
  /** The echo's ends. */
  let ends: Set<Socket>;

  beforeEach(async () => {
    clients = [];
    ends = new Set();
    echo = createServer({ noDelay: true }, (socket) => {
      ends.add(socket);
      socket.on("close", () => ends.delete(socket));
      socket.on("error", () => {});
      socket.pipe(socket);
    });
    echo.listen(0, "127.0.0.1");
    await once(echo, "listening");
    proxy = await startProxy((echo.address() as { port: number }).port);
  });
  afterEach(async () => {
    await proxy.close();
    if (proxy.open !== 0) throw new Error("A closed proxy holds connections");
    await until(() => ends.size === 0, { what: "the server's sockets to be closed" });
    for (const { socket } of clients) socket.destroy();
    echo.close();
  });

  function client(): Client {
    const made = new Client(proxy.port);
    clients.push(made);
    return made;
  }

  async function talking(): Promise<Client> {
    const made = client();
    made.socket.write("hello");
    await made.hears("hello");
    return made;
  }

  test("pass: megabytes arrive whole and in order, and a client's FIN gets its answer first", async () => {
    const big = Array.from({ length: 400_000 }, (_, i) => `${i},`).join("");
    const one = client();
    one.socket.end(big);
    await one.ends("FIN");
    expect(one.got === big).toBe(true);
    await until(() => proxy.open === 0, { what: "the proxy to have closed it" });
    expect(proxy.accepted).toBe(1);
  });

  test("refuse: open connections end, new ones get ECONNREFUSED, and the port comes back", async () => {
    const one = await talking();
    await proxy.behave({ kind: "refuse" });
    await one.ends("FIN");
    await client().ends("ECONNREFUSED");
    await proxy.behave({ kind: "pass" });
    expect((await talking()).end).toBe("");
  });

  test("refuse, for new ones only: open connections live on", async () => {
    const one = await talking();
    await proxy.behave({ kind: "refuse" }, "new");
    await client().ends("ECONNREFUSED");
    one.socket.write(" again");
    await one.hears("hello again");
    expect(one.end).toBe("");
  });

  test("acceptThenClose: a FIN and not a byte", async () => {
    await proxy.behave({ kind: "acceptThenClose" });
    const one = client();
    await one.ends("FIN");
    expect(one.got).toBe("");
    expect(ends.size).toBe(0);
  });

  test("reset: an RST for new ones, and for the open ones on both ends", async () => {
    const one = await talking();
    await proxy.resetOpen();
    await one.ends("ECONNRESET");
    await until(() => ends.size === 0, { what: "the server's end to be reset" });
    const two = await talking();
    await proxy.behave({ kind: "reset" }, "new");
    await client().ends("ECONNRESET");
    expect(two.end).toBe("");
  });

  test("blackHole: open and new connections fall silent, and get everything when it passes", async () => {
    const one = await talking();
    await proxy.behave({ kind: "blackHole" });
    one.socket.write(" there");
    const two = client();
    two.socket.write("new");
    await once(two.socket, "connect");
    // Another proxy shows that whatever could arrive had the time to.
    await using control = await startProxy((echo.address() as { port: number }).port);
    const other = new Client(control.port);
    clients.push(other);
    other.socket.write("control");
    await other.hears("control");
    expect([one.got, two.got, one.end, two.end]).toEqual(["hello", "", "", ""]);
    expect(ends.size).toBe(2);
    await proxy.behave({ kind: "pass" });
    await one.hears("hello there");
    await two.hears("new");
  });

  test("delay: answers come so much later and in order, also when the delay changes", async () => {
    const one = await talking();
    await proxy.behave({ kind: "delay", ms: 100 });
    const from = performance.now();
    let sent = "";
    for (let i = 0; i < 50; i++) {
      sent += `${i} `;
      one.socket.write(`${i} `);
      if (i === 25) await proxy.behave({ kind: "delay", ms: 50 });
      await new Promise((resolve) => setImmediate(resolve));
    }
    await one.hears(`hello${sent}`);
    expect(performance.now() - from).toBeGreaterThan(45);
    one.socket.write("last");
    await proxy.behave({ kind: "pass" });
    await one.hears(`hello${sent}last`);
  });

  test("cut: so many bytes of the answer, then the end for both", async () => {
    const one = await talking();
    await proxy.behave({ kind: "cut", afterBytes: 7 });
    one.socket.write("0123456789");
    await one.ends("FIN");
    expect(one.got).toBe("hello0123456");
    const two = client();
    two.socket.write("0123456789");
    await two.ends("FIN");
    expect(two.got).toBe("0123456");
    await until(() => proxy.open === 0 && ends.size === 0, { what: "both ends to be closed" });
  });

  test("a dead server is a reset for the client, a gone client one for the server", async () => {
    const one = await talking();
    for (const end of ends) end.resetAndDestroy();
    await one.ends("ECONNRESET");
    const two = await talking();
    two.socket.resetAndDestroy();
    await until(() => ends.size === 0, { what: "the server to be told" });
    await until(() => proxy.open === 0, { what: "the proxy to let go" });
    expect(proxy.accepted).toBe(2);
  });

  test("close() ends every connection, black holes included", async () => {
    const one = await talking();
    await proxy.behave({ kind: "blackHole" });
    const two = client();
    await until(() => proxy.open === 2, { what: "both connections" });
    await proxy.close();
    await one.ends("FIN");
    await two.ends("FIN");
    await client().ends("ECONNREFUSED");
    expect(proxy.open).toBe(0);
  });
});

describe.skipIf(missing)(`startProxy() before PostgreSQL ${missing ?? ""}`, () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster({ replicas: 0 });
  });
  afterAll(() => cluster?.stop());

  test("a query passes, hangs in a black hole, and is answered after it", async () => {
    await using proxy = await startProxy(cluster.primary.port);
    const client = new pg.Client(proxy.via(cluster.primary.url()));
    await client.connect();
    expect((await client.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
    await proxy.behave({ kind: "blackHole" });
    let answered = false;
    const late = client.query("select 2 as two").then(({ rows }) => {
      answered = true;
      return rows;
    });
    await cluster.primary.query("select 1");
    expect(answered).toBe(false);
    await proxy.behave({ kind: "pass" });
    expect(await late).toEqual([{ two: 2 }]);
    await client.end();
    await until(() => proxy.open === 0, { what: "the connection to be closed" });
  });

  test("a cut in the middle of an answer breaks the line on both sides", async () => {
    await using proxy = await startProxy(cluster.primary.port);
    const client = new pg.Client(proxy.via(cluster.primary.url()));
    client.on("error", () => {});
    await client.connect();
    await proxy.behave({ kind: "cut", afterBytes: 2_000 });
    await expect(client.query("select repeat('x', 10000)")).rejects.toThrow("terminated");
    await until(async () => {
      const text =
        "select 1 from pg_stat_activity where query like '%repeat%' and pid <> pg_backend_pid()";
      return (await cluster.primary.query(text)).length === 0;
    }, { what: "the server to notice" });
    expect(proxy.open).toBe(0);
  });
});

import { describe, expect, test } from "vitest";
import { neon, type NeonOptions } from "../../adapters/connectors/neon/mod.ts";

const URL = "postgres://app:s3cret@ep-main.eu.neon.tech/shop";

/** What the connector sends with a first statement. */
async function sentBy(options: NeonOptions): Promise<{ url: string; connection: string }> {
  let sent: { url: string; connection: string } | undefined;
  const connector = neon({
    ...options,
    fetch: (url, { headers }) => {
      const connection = new Headers(headers).get("Neon-Connection-String") ?? "";
      sent = { url, connection };
      return Promise.resolve(new Response('{"fields":[],"rows":[]}'));
    },
  });
  const connection = await connector.connect({ timeoutMs: 1_000 });
  await connection.run("select 1", [], { prepare: true });
  if (sent === undefined) throw new Error("Nothing was sent");
  return sent;
}

describe("neon()", () => {
  test("a connection string from Neon's console is all it needs", async () => {
    const url = `${URL}?sslmode=require&channel_binding=require`;
    expect(neon(url).problems).toEqual([]);
    expect(await sentBy({ url })).toEqual({
      url: "https://api.eu.neon.tech/sql",
      connection: "postgresql://app:s3cret@ep-main.eu.neon.tech/shop?application_name=holdfast",
    });
  });

  test("each endpoint has its own settings", async () => {
    const own = { url: URL, sqlUrl: "https://proxy.example/sql", applicationName: "shop é" };
    const [first, second] = await Promise.all([sentBy(own), sentBy({ url: URL })]);
    expect(first.url).toBe("https://proxy.example/sql");
    expect(first.connection).toContain("application_name=shop+%C3%A9");
    expect(second.url).toBe("https://api.eu.neon.tech/sql");
  });

  test("a password is asked for anew with every connection, and written so that it stays one", async () => {
    let asked = 0;
    const password = (): Promise<string> => Promise.resolve(`p@ss/${++asked}:é`);
    const { connection } = await sentBy({ url: URL, password });
    expect(connection).toContain("app:p%40ss%2F1%3A%C3%A9@ep-main");
    expect((await sentBy({ url: URL, password })).connection).toContain("p%40ss%2F2");
  });

  test("a password that cannot be had in time, or at all, rejects as not sent", async () => {
    for (
      const password of [
        () => new Promise<string>(() => {}),
        () => Promise.reject(new Error("no token")),
      ]
    ) {
      const connecting = neon({ url: URL, password }).connect({ timeoutMs: 20 });
      await expect(connecting).rejects.toMatchObject({ phase: "connecting", connection: "broken" });
    }
  });

  test.each<readonly [string, unknown, string[]]>([
    ["nothing", undefined, [""]],
    ["no URL", {}, ["url"]],
    ["no URL at all", "s3cret", ["url"]],
    ["another database's", "mysql://app:s3cret@host/shop", ["url"]],
    ["nobody, nowhere", "postgres:///shop", ["url"]],
    // A password would go to `api.com`, or to `api.` of whoever it is.
    ["another host than Neon's", "postgres://app:s3cret@mycompany.com/shop", ["url"]],
    ["a host that ends like Neon's", "postgres://app:s3cret@not-neon.tech/shop", ["url"]],
    ["a broken escape", "postgres://app:%E0%A4%A@ep-main.eu.neon.tech/shop", ["url"]],
    ["an unknown parameter", `${URL}?s3cret=1`, ["url?…"]],
    [
      "everything at once",
      {
        url: URL,
        sqlUrl: "http://proxy.example/s3cret",
        webSocketUrl: "s3cret",
        scalesToZero: 1,
        fetch: "s3cret",
        s3cret: undefined,
        other: true,
      },
      ["scalesToZero", "fetch", "other", "sqlUrl", "webSocketUrl"],
    ],
    ["the clear, to another machine", { url: URL, webSocketUrl: "ws://proxy.example/" }, [
      "webSocketUrl",
    ]],
    ["another scheme", { url: URL, sqlUrl: "ftp://proxy.example/" }, ["sqlUrl"]],
  ])("says what is wrong with %s, and nothing secret", async (_, options, paths) => {
    const connector = neon(options as NeonOptions);
    expect(connector.problems.map(({ path }) => path)).toEqual(paths);
    expect(JSON.stringify(connector.problems)).not.toContain("s3cret");
    await expect(connector.connect({ timeoutMs: 1_000 })).rejects.toMatchObject({
      origin: "client",
      code: "OPTION",
      phase: "connecting",
    });
  });

  test("to this machine it may be in the clear", () => {
    const options = { url: URL, sqlUrl: "http://db.localhost/sql", webSocketUrl: "ws://[::1]:1/" };
    expect(neon(options).problems).toEqual([]);
  });

  test("a caller's own fetch is told of the end, and what waits ends even where it does not heed it", async () => {
    const signals: (AbortSignal | null | undefined)[] = [];
    const connector = neon({
      url: URL,
      fetch: (_, { signal }) => {
        signals.push(signal);
        return new Promise(() => {});
      },
    });
    const connection = await connector.connect({ timeoutMs: 1_000 });
    const running = connection.run("select 1", [], { prepare: true });
    connection.destroy();
    await expect(running).rejects.toMatchObject({ code: "CONNECTION_DESTROYED", phase: "sent" });
    expect(signals.map((signal) => signal?.aborted)).toEqual([true]);
  });
});

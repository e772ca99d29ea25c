import { expect, test } from "vitest";
import {
  planetscale,
  type PlanetscaleFetch,
  type PlanetscaleOptions,
} from "../../adapters/connectors/planetscale/mod.ts";
import { RUN } from "./ground.ts";

interface Sent {
  readonly url: string;
  readonly authorization: string;
  readonly queries: readonly string[];
}

/** Where a statement goes, as whom, and what is sent before it. */
async function sentBy(options: PlanetscaleOptions): Promise<Sent> {
  const calls: { url: string; authorization: string; query: string }[] = [];
  const fetch: PlanetscaleFetch = (url, { headers, body }) => {
    const { query } = JSON.parse(body as string) as { query: string };
    calls.push({
      url,
      query,
      authorization: atob(headers["Authorization"]?.replace("Basic ", "") ?? ""),
    });
    return Promise.resolve(Response.json({ session: { of: calls.length }, result: {} }));
  };
  const connector = planetscale({ ...options, fetch });
  expect(connector.problems).toEqual([]);
  const connection = await connector.connect({ timeoutMs: 1_000 });
  await connection.run("select 1", [], RUN);
  const [first] = calls;
  return {
    url: first?.url ?? "",
    authorization: first?.authorization ?? "",
    queries: calls.map(({ query }) => query),
  };
}

test.each<[string, PlanetscaleOptions, string, string]>([
  [
    "a console's URL",
    { url: "mysql://u:p@aws.connect.psdb.cloud/shop?sslaccept=strict" },
    "https://aws.connect.psdb.cloud",
    "u:p",
  ],
  [
    "an encoded password",
    { url: "https://u:a%2Fb%3A%40@h.example" },
    "https://h.example",
    "u:a/b:@",
  ],
  ["a simulator", { url: "http://u:p@127.0.0.1:3900" }, "http://127.0.0.1:3900", "u:p"],
  [
    "parts",
    { host: "h.example:8443", username: "u", password: "p" },
    "https://h.example:8443",
    "u:p",
  ],
  [
    "parts over the URL",
    { url: "mysql://u:p@h.example/x", host: "other.example", password: "q" },
    "https://other.example",
    "u:q",
  ],
])("%s", async (_, options, origin, authorization) => {
  const sent = await sentBy(options);
  expect(sent).toEqual({
    url: `${origin}/psdb.v1alpha1.Database/Execute`,
    authorization,
    queries: ["select 1"],
  });
});

test("a password beyond ASCII goes as UTF-8", async () => {
  const { authorization } = await sentBy({ host: "h", username: "u", password: "pä" });
  expect(authorization).toBe(`u:${String.fromCharCode(...new TextEncoder().encode("pä"))}`);
});

test("a replica's session begins with its target, a boosted one with its setting", async () => {
  const url = "mysql://u:p@h/x";
  expect((await sentBy({ url, target: "replica" })).queries).toEqual(["use @replica", "select 1"]);
  expect((await sentBy({ url, target: "replica", boost: true })).queries).toEqual([
    "use @replica",
    "set @@boost_cached_queries = true",
    "select 1",
  ]);
});

test.each<[unknown, readonly string[]]>([
  ["not a url with s3cret", ["url"]],
  ["postgres://u:s3cret@h/x", ["url"]],
  [{ url: "mysql://u@h/x" }, ["password"]],
  [{ host: "h" }, ["username", "password"]],
  [{ username: "u", password: "s3cret" }, ["host"]],
  [{ host: "https://u:s3cret@h/x", username: "u", password: "p" }, ["host"]],
  [{ host: "h", username: "a:b", password: "s3cret" }, ["username"]],
  [{ url: "mysql://u:%E0%A4%A@h/x" }, ["url"]],
  [{ url: "mysql://u:s3cret@h/x", target: "rdonly", boosted: true, fetch: 5 }, [
    "boosted",
    "fetch",
    "target",
  ]],
  [7, [""]],
  [null, [""]],
])("what is wrong is told without the value: %j", async (options, paths) => {
  const connector = planetscale(options as string);
  expect(connector.problems.map(({ path }) => path)).toEqual(expect.arrayContaining([...paths]));
  expect(JSON.stringify(connector.problems)).not.toContain("s3cret");
  await expect(connector.connect({ timeoutMs: 10 })).rejects.toMatchObject({
    origin: "client",
    code: "OPTION",
  });
});

test("the options are not changed, as @planetscale/database changes them", () => {
  const options = Object.freeze({ url: "mysql://u:p@h/x" });
  planetscale(options);
  expect(Object.keys(options)).toEqual(["url"]);
});

test("a caller's own fetch is told of the end, and what waits ends even where it does not heed it", async () => {
  const signals: AbortSignal[] = [];
  const connector = planetscale({
    host: "db.example",
    username: "u",
    password: "p",
    fetch: (_, { signal }) => {
      signals.push(signal);
      return new Promise(() => {});
    },
  });
  const connection = await connector.connect({ timeoutMs: 1_000 });
  const running = connection.run("select 1", [], { prepare: true });
  connection.destroy();
  await expect(running).rejects.toMatchObject({ code: "CONNECTION_DESTROYED", phase: "sent" });
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
});

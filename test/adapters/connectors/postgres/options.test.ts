import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { postgres, type PostgresOptions } from "../../../../adapters/connectors/postgres/mod.ts";
import { atBinding } from "../../../../adapters/connectors/postgres/hyperdrive.ts";
import { readOptions } from "../../../../adapters/connectors/postgres/options.ts";

function paths(options: unknown): string[] {
  return postgres(options as PostgresOptions).problems.map(({ path }) => path);
}

describe("readOptions()", () => {
  test("readOptions() reads a URL", () => {
    const url =
      "postgres://ann:p%40ss%2Fword@[2001:db8::1]:6543/my%20db?application_name=app&options=-c%20a%3Db";
    const { target, problems } = readOptions(url);
    expect(problems).toEqual([]);
    expect(target).toMatchObject({
      address: { host: "2001:db8::1", port: 6543, tls: { on: true } },
      user: "ann",
      password: "p@ss/word",
      database: "my db",
      startup: { application_name: "app", options: "-c a=b" },
    });
  });

  test("readOptions() takes what is written beside the URL over the URL", () => {
    const { target } = readOptions({
      url: "postgres://ann:secret@one:1/first?sslmode=disable",
      host: "two",
      port: 2,
      user: "bob",
      password: "other",
      database: "second",
      tls: "require",
    });
    expect(target).toMatchObject({
      address: { host: "two", port: 2, tls: { on: true } },
      user: "bob",
      password: "other",
      database: "second",
    });
  });

  test("readOptions() uses PostgreSQL's usual place by default", () => {
    expect(readOptions({}).target.address).toEqual({
      host: "localhost",
      port: 5432,
      keepAliveMs: 60_000,
      tls: { on: false },
    });
  });

  test("readOptions() honours sslmode, and takes a demand for proof for verify-full", () => {
    const tls = (query: string) =>
      readOptions(`postgres://db.example/?${query}`).target.address.tls;
    expect(tls("sslmode=disable")).toEqual({ on: false });
    expect(tls("sslmode=require")).toMatchObject({ options: { rejectUnauthorized: false } });
    const proof = { on: true, options: { rejectUnauthorized: true } };
    for (const query of ["", "sslmode=verify-ca", "sslmode=verify-full"]) {
      expect(tls(query)).toMatchObject(proof);
    }
    expect(tls("sslmode=require&channel_binding=require")).toMatchObject(proof);
    expect(tls("sslrootcert=system&sslmode=require")).toMatchObject(proof);
    expect(tls("sslmode=verify-full&sslnegotiation=direct")).toMatchObject({ direct: true });
  });

  test("readOptions() finds a Unix socket's folder", () => {
    expect(readOptions("postgres:///db?host=/var/run/postgresql").target.address).toMatchObject({
      host: "/var/run/postgresql",
      tls: { on: false },
    });
  });

  test.each<[string, unknown, string[]]>([
    ["a text that is no URL", "not a url", ["url"]],
    ["another database's URL", "mysql://root@db/x", ["url"]],
    ["a broken escape", "postgres://u:%zz@h/db", ["url"]],
    ["what may be a secret without its name", "postgres://u:1?hunter2@h/db", ["url?…"]],
    ["several hosts", "postgres://one,two/db", ["host"]],
    ["an unknown sslmode", "postgres://h/db?sslmode=allow", ["url?sslmode"]],
    ["an unknown parameter", "postgres://h/db?schema=x&sslrootcert=/ca.pem", [
      "url?schema",
      "url?sslrootcert",
    ]],
    ["an unknown option", { hots: "x" }, ["hots"]],
    ["inherited names", { toString: () => "" }, ["toString"]],
    ["wrong types", { port: "5432", tls: true, onNotice: {}, types: null, scalesToZero: 1 }, [
      "port",
      "tls",
      "onNotice",
      "types",
      "scalesToZero",
    ]],
    ["wrong numbers", { port: 0, keepAliveMs: -1, statementTimeoutMs: 1.5 }, [
      "port",
      "keepAliveMs",
      "statementTimeoutMs",
    ]],
    ["wrong words", { tls: "maybe", tlsNegotiation: "later" }, ["tls", "tlsNegotiation"]],
    ["nothing at all", null, [""]],
    ["a number", 5, [""]],
  ])("postgres() lists %s", (_, options, expected) => {
    expect(paths(options)).toEqual(expected);
  });

  test("postgres() says whether its database scales to zero, and so does its renewal", () => {
    expect(postgres({}).scalesToZero).toBe(false);
    expect(postgres({ scalesToZero: true }).scalesToZero).toBe(true);
    expect(postgres({ scalesToZero: true }).renew().scalesToZero).toBe(true);
  });

  test("renew() of a connector with problems has them too", async () => {
    const renewed = postgres({ port: 0 }).renew();
    expect(renewed.problems.map(({ path }) => path)).toEqual(["port"]);
    await expect(renewed.connect({ timeoutMs: 1 })).rejects.toMatchObject({ code: "OPTION" });
  });

  test("postgres() with problems rejects every connect with a Failure", async () => {
    const connector = postgres({ port: 0, tls: "maybe" as never });
    await expect(connector.connect({ timeoutMs: 1 })).rejects.toMatchObject({
      name: "Failure",
      origin: "client",
      phase: "connecting",
      code: "OPTION",
    });
  });

  test("postgres() never throws and never shows what it was given", () => {
    const secret = fc.string({ minLength: 12 }).filter((text) => /[^a-z ,]/.test(text));
    fc.assert(
      fc.property(
        secret,
        fc.constantFrom(
          "",
          "postgres://u:",
          "postgres://",
          "x://",
          "postgres://h/?",
          "postgres://h/d?a=",
        ),
        (
          text,
          before,
        ) => {
          const said = JSON.stringify([
            postgres(before + text).problems,
            postgres({ url: before + text, password: text, tls: text as never }).problems,
          ]);
          expect(said.includes(JSON.stringify(text).slice(1, -1))).toBe(false);
        },
      ),
    );
  });
});

describe("readOptions() of a Hyperdrive binding", () => {
  const connectionString = "postgres://ann:secret@x.hyperdrive.local:5432/shop?sslmode=disable";

  test("takes it for cached unless told otherwise, and does not look into it", () => {
    const binding = {
      get connectionString(): string {
        throw new Error("Disallowed in global scope");
      },
    };
    const { target, problems } = readOptions({ hyperdrive: binding });
    expect(problems).toEqual([]);
    expect(target.hyperdrive).toEqual({ binding, cached: true });
    expect(() => atBinding(target)).toThrow(/no connectionString/);
  });

  test("finds in the binding where to, and leaves TLS to Hyperdrive", () => {
    for (const query of ["", "?sslmode=disable"]) {
      const binding = { connectionString: connectionString.replace(/\?.*/, query) };
      const { target } = readOptions({ hyperdrive: binding, cached: false });
      expect(atBinding(target)).toMatchObject({
        address: { host: "x.hyperdrive.local", port: 5432, tls: { on: false } },
        user: "ann",
        password: "secret",
        database: "shop",
        hyperdrive: { cached: false },
      });
    }
  });

  test("lists what does not go together, and nothing of what is secret", () => {
    const hyperdrive = { connectionString };
    const beside = { url: "postgres://a:secret@b/c", password: "secret", statementTimeoutMs: 5 };
    expect(paths({ hyperdrive, ...beside })).toEqual(["url", "password", "statementTimeoutMs"]);
    expect(paths({ cached: true })).toEqual(["cached"]);
    expect(paths({ hyperdrive: "HYPERDRIVE" })).toEqual(["hyperdrive"]);
    expect(JSON.stringify(postgres({ hyperdrive, ...beside }).problems)).not.toContain("secret");
  });

  test("connect() rejects unsent where the binding is none of PostgreSQL", async () => {
    for (const text of [undefined, "mysql://a:secret@b/c", "secret"]) {
      const connector = postgres({ hyperdrive: { connectionString: text as string } });
      const failure = await connector.connect({ timeoutMs: 1_000 }).catch((error: unknown) =>
        error
      );
      expect(failure).toMatchObject({ origin: "client", code: "OPTION", phase: "connecting" });
      expect(String((failure as Error).message)).not.toContain("secret");
    }
  });
});

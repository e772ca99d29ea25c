import { describe, expect, test } from "vitest";
import { onCloudflare, pooled, type PoolNamespace } from "../../../adapters/cloudflare/mod.ts";
import { callFailure } from "../../../adapters/cloudflare/pool/failure.ts";
import { isSendable, portable } from "../../../adapters/cloudflare/pool/sendable.ts";
import { postgres } from "../../../adapters/connectors/postgres/mod.ts";
import { OptionError } from "../../../mod.ts";
import { judge } from "../../../src/judge/judge.ts";

const URL_OF_NOBODY = "postgres://app:secret@db.example/shop";
const by: PoolNamespace = { getByName: () => ({}) };
const LIMIT = { timeoutMs: 1_000 };

describe("pooled()", () => {
  test("has no problems where all is well, and is named by onCloudflare's endpoint", () => {
    const connector = pooled(postgres(URL_OF_NOBODY), { by });
    expect(connector.problems).toEqual([]);
    expect(connector.servedAs("main").endpoint).toBe("main");
    expect(pooled(postgres(URL_OF_NOBODY), { by, endpoint: "a" }).servedAs("b").endpoint).toBe("a");
  });

  test.each([
    ["by", { by: undefined }],
    ["shards", { by, shards: 0 }],
    ["shards", { by, shards: 101 }],
    ["connections", { by, connections: 7 }],
    ["connections", { by, connections: 1 }],
    ["locationHint", { by, locationHint: 1 }],
    ["endpoint", { by, endpoint: "" }],
    ["shard", { by, shard: 1 }],
  ])("lists a wrong %s", (path, options) => {
    const { problems } = pooled(postgres(URL_OF_NOBODY), options as never);
    expect(problems.map((problem) => problem.path)).toEqual([path]);
  });

  test("lists the inner connector's problems, and what is no such connector", () => {
    expect(pooled(postgres("nonsense"), { by }).problems.length).toBeGreaterThan(0);
    expect(pooled(undefined as never, undefined as never).problems.map(({ path }) => path))
      .toEqual(["", "by"]);
  });

  test("makes a holdfast refuse its options, with nothing secret in the message", () => {
    const holdfast = onCloudflare(() => ({
      endpoints: [{ id: "a", connector: pooled(postgres(URL_OF_NOBODY), { by, shards: -1 }) }],
    }));
    expect(() => holdfast({})).toThrow(OptionError);
    expect(() => holdfast({})).toThrow(/shards.+a whole number from 1 to 100/);
    expect(() => holdfast({})).not.toThrow(/secret/);
  });

  test("makes a holdfast refuse two endpoints whose connections would be the same", () => {
    const holdfast = onCloudflare(() => ({
      endpoints: [
        { id: "a", connector: pooled(postgres(URL_OF_NOBODY), { by }) },
        { id: "b", connector: pooled(postgres(URL_OF_NOBODY), { by, endpoint: "a" }) },
      ],
    }));
    expect(() => holdfast({})).toThrow(OptionError);
    expect(() => holdfast({})).toThrow(/endpoints\[1\]\.connector\.endpoint: got "a"/);
  });

  test("leaves a connection to cancels", () => {
    expect(pooled(postgres(URL_OF_NOBODY), { by }).connections).toBe(5);
  });

  test("without a name connects nowhere, and says what is missing", async () => {
    await expect(pooled(postgres(URL_OF_NOBODY), { by }).connect(LIMIT)).rejects.toMatchObject({
      code: "POOL_MISBOUND",
      phase: "connecting",
      message: expect.stringMatching(/onCloudflare/),
    });
  });

  test("asks for an object near the database, and for no repetition of what was sent", async () => {
    const asked: unknown[] = [];
    const namespace: PoolNamespace = {
      getByName: (...all) => {
        asked.push(all);
        return { look: () => Promise.resolve({ done: { role: "primary" } }) };
      },
    };
    const connector = pooled(postgres(URL_OF_NOBODY), { by: namespace, locationHint: "weur" });
    const connection = await connector.servedAs("main").connect(LIMIT);
    expect(await connection.inspect()).toEqual({ role: "primary" });
    expect(asked).toEqual([
      ["holdfast-pool:main:0", { locationHint: "weur", retry: { maxRetries: 0 } }],
    ]);
  });
});

test("a look is asked again of the next object when the first one dies; a promotion is not", async () => {
  let asked = 0;
  const dies = (): Promise<never> => {
    asked++;
    return Promise.reject(thrown("told to", { durableObjectReset: true }));
  };
  const dying: PoolNamespace = {
    getByName: () => ({
      look: () => {
        if (asked === 0) return dies();
        asked++;
        return Promise.resolve({ done: { role: "primary" } });
      },
      open: () => ({ promote: dies, cut: () => Promise.resolve(), [Symbol.dispose]: () => {} }),
    }),
  };
  const connector = pooled(postgres(URL_OF_NOBODY), { by: dying }).servedAs("main");
  expect(await (await connector.connect(LIMIT)).inspect()).toEqual({ role: "primary" });
  expect(asked).toBe(2);
  await expect((await connector.connect(LIMIT)).promote?.()).rejects.toMatchObject({
    code: "POOL_RESET",
    phase: "sent",
  });
  expect(asked).toBe(3);
});

test("destroy() has the object told that nobody waits for the promotion any more", async () => {
  const told: string[] = [];
  const hanging: PoolNamespace = {
    getByName: () => ({
      open: () => ({
        promote: () => new Promise(() => told.push("promote")),
        cut: () => Promise.resolve(told.push("cut")),
        [Symbol.dispose]: () => told.push("let go"),
      }),
    }),
  };
  const connection = await pooled(postgres(URL_OF_NOBODY), { by: hanging }).servedAs("main")
    .connect(LIMIT);
  const failed = connection.promote?.();
  connection.destroy();
  await expect(failed).rejects.toMatchObject({ code: "CONNECTION_DESTROYED", phase: "sent" });
  expect(told).toEqual(["promote", "cut", "let go"]);
});

/** As the platform throws: an error with signs. */
function thrown(message: string, signs: object = {}): Error {
  return Object.assign(new Error(message), signs);
}

describe("callFailure()", () => {
  const dead = { kind: "disconnected", scope: "endpoint", executed: "unknown" };
  const full = { kind: "exhausted", scope: "client", executed: "no" };
  const wrong = { kind: "misconfigured", scope: "endpoint", executed: "no" };
  const unsent = { kind: "statement", scope: "client", executed: "no" };
  const unread = { kind: "statement", scope: "client", executed: "unknown" };
  test.each([
    ["reset", thrown("told to", { durableObjectReset: true, remote: true }), dead],
    ["lost", thrown("Network connection lost.", { retryable: true }), dead],
    ["out of memory", thrown("Durable Object exceeded its memory limit and was reset."), dead],
    ["something that is no error", "gone", dead],
    ["overloaded", thrown("Durable Object is overloaded.", { overloaded: true }), full],
    [
      "out of memory, which counts as overloaded",
      thrown("Durable Object's isolate exceeded its memory limit and was reset.", {
        overloaded: true,
        durableObjectReset: true,
      }),
      dead,
    ],
    ["overloaded by other words", thrown("internal error", { overloaded: true }), dead],
    ["no pool", thrown('The RPC receiver does not implement the method "open".'), wrong],
    ["a parameter's class", thrown('Could not serialize object of type "Foo".'), unsent],
    ["an answer's class", thrown("Could not serialize object.", { remote: true }), unread],
  ])("judges %s", (_, error, outcome) => {
    expect(judge(callFailure(error), "postgres")).toEqual(outcome);
  });

  test("tells nothing that comes out of the object", () => {
    const failure = callFailure(thrown(URL_OF_NOBODY, { remote: true }));
    expect(failure.message).not.toContain("secret");
  });
});

test("isSendable() refuses functions wherever they are, and what contains itself", () => {
  const round: unknown[] = [];
  round.push(round);
  expect([() => 1, [() => 1], [{ a: { toJSON: () => 1 } }], Symbol("s"), round].map((value) => {
    return isSendable(value);
  })).toEqual([false, false, false, false, false]);
  const fine = [1, "a", null, undefined, 1n, new Date(), new Uint8Array(9), [[1]], {
    a: { b: [] },
  }];
  expect(fine.map((value) => isSendable(value))).toEqual(fine.map(() => true));
});

test("portable() copies what the platform would not send as it is, and leaves the rest", () => {
  const bare: unknown = Object.assign(Object.create(null), { a: 1 });
  const part = new Uint8Array(new ArrayBuffer(1_000), 10, 2);
  const url = new URL("http://place");
  const sent = portable([bare, { in: [bare, part] }, url, part]) as [
    object,
    object,
    URL,
    Uint8Array,
  ];
  expect(sent).toEqual([{ a: 1 }, { in: [{ a: 1 }, part] }, url, part]);
  expect(Object.getPrototypeOf(sent[0])).toBe(Object.prototype);
  expect(sent[2]).toBe(url);
  expect(sent[3].buffer.byteLength).toBe(2);
});

test("isSendable() looks once into what is shared", () => {
  let looks = 0;
  let shared: unknown = {
    get once(): number {
      return ++looks;
    },
  };
  for (let i = 0; i < 90; i++) shared = [shared, shared];
  expect(isSendable(shared)).toBe(true);
  expect(looks).toBe(1);
});

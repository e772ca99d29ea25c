import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  type Cluster,
  startCluster,
  startProxy,
  type TcpProxy,
  whyNoCluster,
} from "../cluster/mod.ts";
import { type Place, startPlace } from "./place.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

interface Told {
  readonly value?: unknown;
  readonly error?: { readonly code: string; readonly message: string; readonly executed: string };
}

describe.skipIf(missing)(`a session per request in workerd ${missing ?? ""}`, () => {
  let cluster: Cluster;
  let proxy: TcpProxy;
  let place: Place;
  beforeAll(async () => {
    cluster = await startCluster({ replicas: 1 });
    await cluster.primary.query("create table note (id serial primary key, text text)");
    const [replica] = cluster.replicas;
    if (replica === undefined) throw new Error("There is no replica");
    proxy = await startProxy(replica.port);
    place = await startPlace({
      entry: new URL("session-worker.ts", import.meta.url),
      bindings: { MAIN: cluster.primary.url(), SPARE: proxy.via(replica.url()) },
    });
  });
  // Nothing of one request is touched by another: workerd would say so.
  afterEach(() => {
    const logs = place.takeLogs();
    if (logs.length > 0) throw new Error(`workerd said: ${logs.join("; ")}`);
  });
  afterAll(async () => {
    await place?.dispose();
    await proxy?.close();
    await cluster?.stop();
  });

  async function ask(deed: string, more: Record<string, string> = {}): Promise<Told> {
    const query = new URLSearchParams({ do: deed, ...more });
    return await (await place.fetch(`/?${query.toString()}`)).json() as Told;
  }

  function times<T>(n: number, work: () => Promise<T>): Promise<T[]> {
    return Promise.all(Array.from({ length: n }, work));
  }

  test("statements one after the other share its connection; the next request has another one", async () => {
    const { value: [first, second] } = await ask("twice") as { value: [number, number] };
    expect(second).toBe(first);
    const { value: [third] } = await ask("twice") as { value: [number] };
    expect(third).not.toBe(first);
  });

  test("at most three connections to one endpoint, however many statements at once", async () => {
    const { value } = await ask("many");
    expect((value as number[]).length).toBeLessThanOrEqual(3);
  });

  test("transactions keep what they wrote", async () => {
    const before = await ask("transaction") as { value: [{ count: number }] };
    const after = await ask("transaction") as { value: [{ count: number }] };
    expect(after.value[0].count).toBe(before.value[0].count + 1);
  });

  test("20 requests at once in one isolate are all answered, one of them cut off halfway", async () => {
    const slow = times(20, () => ask("run", { text: "select pg_sleep(0.05)" }));
    expect(await ask("cut")).toEqual({ value: "gone" });
    for (const { error } of await slow) expect(error).toBeUndefined();
    for (const { error } of await times(20, () => ask("run"))) expect(error).toBeUndefined();
  });

  test("discover() works outside of any session", async () => {
    expect(await ask("discover")).toEqual({ value: "main" });
  });

  describe("misuse is told, and moves no circuit", () => {
    afterEach(async () => {
      const { value } = await ask("stats") as { value: { circuits: string[] } };
      if (value.circuits.join() !== "closed,closed") throw new Error(value.circuits.join());
    });

    test.each(["stored", "stored transaction"])(
      "a session of another request: %s",
      async (deed) => {
        await ask("store");
        const { error } = await ask(deed);
        expect(error).toMatchObject({ code: "USAGE", executed: "no" });
        expect(error?.message).toMatch(/belongs to another request.+db\.session\(\{ ctx \}\)/);
      },
    );

    test.each(["cluster", "cluster transaction"])("no session: %s", async (deed) => {
      const { error } = await ask(deed);
      expect(error).toMatchObject({ code: "USAGE", executed: "no" });
      expect(error?.message).toMatch(/Make a session in each request, db\.session\(\{ ctx \}\)/);
    });

    test.each([
      ["no context", /needs its request's execution context/],
      ["unbound", /Illegal invocation.+Give the context itself/],
      ["global scope", /There is no request here/],
    ])("%s", async (deed, says) => {
      const { error } = await ask(deed);
      expect(error).toMatchObject({ code: "USAGE" });
      expect(error?.message).toMatch(says);
    });
  });

  test("a frozen endpoint: 20 requests at once are all answered by the other one", async () => {
    await proxy.behave({ kind: "blackHole" });
    const told = await times(20, () => ask("run"));
    for (const { error, value } of told) {
      expect(error).toBeUndefined();
      expect(value).toMatchObject({ servedBy: "main" });
    }
    await proxy.behave({ kind: "pass" });
  });
});

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  type CoordinatorObject,
  durableObject,
  type DurableObjectStore,
  onCloudflare,
  type SnapshotCopy,
} from "../../../adapters/cloudflare/mod.ts";
import { scripted, type ScriptedConnector } from "../../../adapters/connectors/scripted/mod.ts";
import type { HoldfastEvent, HoldfastOptions, Snapshot } from "../../../mod.ts";
import { beliefOf, down, reporter, up } from "../../contract/store-stage.ts";
import { FakeBase, FakeStorage, stateOf } from "./fake-object.ts";

interface Scene {
  readonly storage: FakeStorage;
  readonly store: DurableObjectStore;
  readonly p: ScriptedConnector;
  readonly r: ScriptedConnector;
  readonly events: HoldfastEvent[];
  /** Another life of the object, on the same storage. */
  readonly restart: () => void;
  readonly wake: () => Promise<void>;
}

function scene(more: Partial<HoldfastOptions> = {}, copy?: SnapshotCopy): Scene {
  const storage = new FakeStorage();
  const p = scripted({ role: "primary", generation: 1, latencyMs: 1 });
  const r = scripted({ role: "replica", latencyMs: 1 });
  const q = scripted({ role: "replica", latencyMs: 1 });
  const events: HoldfastEvent[] = [];
  const holdfast = onCloudflare<object>(() => ({
    endpoints: [{ id: "p", connector: p }, { id: "q", connector: q }, { id: "r", connector: r }],
    observer: (event) => events.push(event),
    alerts: false,
    store,
    ...more,
  }));
  const Coordinator = holdfast.coordinator(FakeBase);
  let object: CoordinatorObject;
  const restart = (): void => {
    object = new Coordinator(stateOf(storage), {});
    storage.ring = (scheduledTime) => object.alarm({ scheduledTime });
  };
  restart();
  const bootstrap = copy === undefined ? {} : { bootstrap: { copy } };
  const store = durableObject({ getByName: () => object }, bootstrap);
  return {
    storage,
    store,
    p,
    r,
    events,
    restart,
    wake: () => holdfast.scheduled(undefined, {}, undefined),
  };
}

const MINUTE = 60_000;

describe("the coordinator", () => {
  beforeEach(() => {
    vi.useFakeTimers({
      toFake: ["Date", "performance", "setTimeout", "clearTimeout"],
      now: 1_800_000_000_000,
    });
  });
  afterEach(() => void vi.useRealTimers());
  const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

  test("sets its alarm when an isolate comes, and lets it be a minute after the last one went", async () => {
    const { storage, store } = scene();
    expect(storage.alarmAt).toBeUndefined();
    await reporter(store).tell(up("p"), up("q"), up("r"));
    expect(storage.alarmAt).toBeGreaterThan(Date.now());
    await pass(2 * MINUTE);
    expect(storage.alarmAt).toBeUndefined();
    const { sets } = storage;
    await pass(60 * MINUTE);
    expect(storage.sets).toBe(sets);
  });

  test("a cron trigger is cheap when all is quiet", async () => {
    const { storage, store, wake } = scene();
    await reporter(store).tell(up("p"), up("q"), up("r"));
    await pass(2 * MINUTE);
    const { sets } = storage;
    await wake();
    expect([storage.sets, storage.alarmAt]).toEqual([sets, undefined]);
  });

  test("looks at once into what an isolate says, and takes it out with that isolate's word", async () => {
    const { store, r, events } = scene();
    const [one, other] = [reporter(store), reporter(store)];
    for (const each of [one, other]) await each.tell(up("p"), up("q"), up("r"));
    await pass(3_000);
    r.die();
    await one.tell(up("p"), up("q"), down("r"));
    const accusedAt = Date.now();
    await pass(100);
    const looks = events.filter((event) => event.type === "probe" && event.endpoint === "r");
    expect(looks.at(-1)).toMatchObject({ ok: false });
    await pass(1_000 - (Date.now() - accusedAt));
    await one.tell(up("p"), up("q"), down("r"));
    expect((await store.snapshot()).endpoints.find(({ id }) => id === "r")?.phase).toBe("open");
  });

  test("goes on until what is out is back, though nobody asks", async () => {
    const { storage, store, r } = scene();
    const [one, other] = [reporter(store), reporter(store)];
    for (const each of [one, other]) await each.tell(up("p"), up("q"), up("r"));
    r.condition = "refusing";
    for (const each of [one, other]) await each.tell(up("p"), up("q"), down("r"));
    expect(beliefOf(await store.snapshot(), "r").phase).toBe("open");
    await pass(5 * MINUTE);
    expect(beliefOf(await store.snapshot(), "r").phase).not.toBe("closed");
    r.condition = "up";
    await pass(2 * MINUTE);
    expect(beliefOf(await store.snapshot(), "r").phase).toBe("closed");
    expect(storage.alarmAt).toBeUndefined();
  });

  test("an alarm that was lost in an incident is set again by the cron trigger of the next life", async () => {
    const { storage, store, r, restart, wake } = scene();
    const [one, other] = [reporter(store), reporter(store)];
    for (const each of [one, other]) await each.tell(up("p"), up("q"), up("r"));
    r.condition = "refusing";
    for (const each of [one, other]) await each.tell(up("p"), up("q"), down("r"));
    storage.alarmAt = undefined;
    restart();
    await wake();
    expect(storage.alarmAt).toBeDefined();
    r.condition = "up";
    await pass(2 * MINUTE);
    expect(beliefOf(await store.snapshot(), "r").phase).toBe("closed");
  });

  test("lets a database sleep that falls asleep when nobody uses it", async () => {
    const sleepy = scripted({ role: "replica", latencyMs: 1, scalesToZero: true });
    const p = scripted({ role: "primary", latencyMs: 1 });
    const endpoints = [{ id: "p", connector: p }, { id: "s", connector: sleepy }];
    const { store, events } = scene({ endpoints });
    const { tell } = reporter(store);
    for (let i = 0; i < 60; i++) {
      await tell(up("p"), up("s"));
      await pass(10_000);
    }
    const looks = events.flatMap((event) => event.type === "probe" ? [event.endpoint] : []);
    expect(looks).toContain("p");
    expect(looks).not.toContain("s");
  });

  test("writes what others are told of, and nothing else", async () => {
    const { storage, store } = scene({ probe: { intervalMs: 0 } });
    const { tell } = reporter(store);
    await tell(up("p"), up("r"));
    const kept = storage.kept("cluster");
    expect(kept).toContain('"version":1');
    for (let i = 0; i < 10; i++) await tell(up("p"), up("r"));
    expect(storage.kept("cluster")).toBe(kept);
    expect(storage.sets).toBe(0);
  });

  test("begins anew where it cannot read what is kept, says so, and keeps that", async () => {
    const { storage, store, events } = scene({ probe: { intervalMs: 0 } });
    storage.keep("{ half a st");
    const { tell } = reporter(store);
    expect((await tell(up("p"))).endpoints).toHaveLength(1);
    expect(storage.kept("unreadable")).toBe("{ half a st");
    expect(events.filter(({ type }) => type === "store")).toMatchObject([
      { store: "durable-object", phase: "lost" },
    ]);
  });

  test("leaves alone what newer code keeps, and says why", async () => {
    const { storage, store } = scene();
    const newer = JSON.stringify({ v: 2, origin: "o", version: 9 });
    storage.keep(newer);
    await expect(store.snapshot()).rejects.toMatchObject({
      code: "STORE",
      message: expect.stringContaining("newer version"),
    });
    await pass(5 * MINUTE);
    expect(storage.kept("cluster")).toBe(newer);
  });

  test("wrong options are told to whoever asks, and kill nobody", async () => {
    const { store } = scene({ rampMs: -1 });
    await expect(store.snapshot()).rejects.toMatchObject({
      message: expect.stringContaining("rampMs"),
    });
  });

  test("failover promotes the database before it is published; what it refuses comes back as it is", async () => {
    const { store, r } = scene();
    await expect(store.command({ type: "failback" })).rejects.toMatchObject({ code: "USAGE" });
    const asked = store.command({ type: "failover", from: "p", to: "nobody" })
      .catch((error: unknown) => error);
    await pass(5_000);
    expect(await asked).toMatchObject({
      code: "USAGE",
      message: expect.stringContaining("nobody"),
    });
    expect((await store.snapshot()).assignment).toBeUndefined();
    const told = store.command({ type: "failover", from: "p", to: "r" });
    await pass(5_000);
    expect((await told).assignment).toMatchObject({ number: 1, from: "p", to: "r" });
    expect(r.role).toBe("primary");
  });

  test("keeps a copy up to date, no oftener than once a second", async () => {
    const copies: Snapshot[] = [];
    const copy: SnapshotCopy = {
      read: () => Promise.resolve(copies.at(-1)),
      write: (snapshot) => Promise.resolve(void copies.push(snapshot)),
    };
    const { store } = scene({ probe: { intervalMs: 0 } }, copy);
    await reporter(store).tell(up("p"), up("r"));
    for (let i = 0; i < 5; i++) {
      for (const type of ["isolate", "release"] as const) {
        await store.command({ type, endpoint: "r" });
      }
    }
    const { version } = await store.snapshot();
    expect(copies.length).toBeLessThanOrEqual(1);
    await pass(2_000);
    expect(copies.length).toBeLessThanOrEqual(3);
    expect(copies.at(-1)?.version).toBe(version);
  });
});

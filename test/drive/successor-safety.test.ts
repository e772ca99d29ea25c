import { describe, expect, test } from "vitest";
import type { ScriptedConnector } from "../../adapters/connectors/scripted/mod.ts";
import { createHoldfastOn } from "../../src/holdfast.ts";
import type { HoldfastEvent } from "../../src/model/event.ts";
import { virtualRuntime } from "../virtual.ts";
import { caught, server, type Stage, told } from "./stage.ts";
import { AUTOMATIC, INSERT, replicated } from "./replicated-stage.ts";
import { statsOf } from "./watch-stage.ts";

/** Who was asked to become the primary and when, from now on; `obeys`: what is done about it. */
function promotions(
  s: Stage,
  obeys: (connector: ScriptedConnector, usual: () => Promise<void>) => Promise<void>,
): [id: string, at: number][] {
  const asked: [string, number][] = [];
  for (const [id, connector] of [["b", s.b], ["c", s.c]] as const) {
    const usual = connector.connect.bind(connector);
    connector.connect = async (options) => {
      const connection = await usual(options);
      const promote = connection.promote.bind(connection);
      connection.promote = () => {
        asked.push([id, s.clock.now()]);
        return obeys(connector, promote);
      };
      return connection;
    };
    connector.cut();
  }
  return asked;
}

const ignored = (): Promise<void> => Promise.resolve();
const refused = (): Promise<void> => Promise.reject(new Error("permission denied for pg_promote"));

/** Lets time pass until a failover was told of. */
async function untilTold(s: Stage): Promise<void> {
  for (let n = 0; n < 20_000 && told(s, "failover").length === 0; n++) await s.clock.advance(5);
}

/** How each failover that was told of ended or went on, without the words. */
function phases(s: Pick<Stage, "events">): string[] {
  return told(s, "failover").map((one) => one.split(" ").slice(0, 3).join(" "));
}

describe("a primary that lives is not replaced", () => {
  for (const role of ["writeOnly", "readOnly"] as const) {
    test(`when a further address of it is down (${role})`, async () => {
      const runtime = virtualRuntime(7);
      const { clock } = runtime;
      const [a, w, b] = [
        server(clock, "primary"),
        server(clock, "primary"),
        server(clock, "replica"),
      ];
      b.generation = 1;
      const events: HoldfastEvent[] = [];
      const db = createHoldfastOn(runtime, {
        endpoints: [
          { id: "a", role: "primary", connector: a },
          { id: "w", role, connector: w },
          { id: "b", role: "replica", connector: b },
        ],
        probe: { intervalMs: 1_000 },
        recovery: AUTOMATIC,
        observer: (event) => events.push(event),
      });
      await clock.runUntil(db.execute(INSERT));
      await clock.advance(3_000);
      w.die();
      await clock.advance(60_000);
      expect(statsOf({ db }, "w").recovery).toBe("isolate");
      expect(told({ events }, "failover")).toEqual([]);
      // The other way round: the further address lives, and so does the primary.
      w.revive();
      await clock.advance(10_000);
      a.die();
      await clock.advance(60_000);
      expect(statsOf({ db }, "a").recovery).toBe("isolate");
      expect(told({ events }, "failover")).toEqual([]);
      w.die();
      await clock.advance(60_000);
      expect(told({ events }, "failover")).toEqual(["a b started true", "a b done true"]);
    });
  }

  test("when another endpoint turns out to be a second name of it, and answers", async () => {
    const s = await replicated();
    s.b.role = "primary";
    await s.clock.advance(5_000);
    s.a.die();
    await s.clock.advance(120_000);
    expect(s.c.role).toBe("replica");
    expect(told(s, "failover")).toEqual([]);
  });

  test("when a person holds it", async () => {
    const s = await replicated();
    s.db.isolate("a");
    s.a.die();
    await s.clock.advance(60_000);
    expect(told(s, "failover")).toEqual([]);
    s.db.release("a");
    await s.clock.advance(60_000);
    expect(phases(s)).toEqual(["a c started", "a c done"]);
  });

  test("while a replica still receives what it writes; that is told, and tried three times", async () => {
    const s = await replicated();
    let position = 100n;
    // Not one that may be promoted, but a witness all the same.
    Object.defineProperty(s.b, "position", { get: () => position++ });
    s.a.die();
    await s.clock.advance(600_000);
    expect(phases(s)).toEqual(["a b failed", "a b failed", "a b failed", "a b failed"]);
    expect(told(s, "failover")[0]).toContain("still receives changes");
    expect(told(s, "failover")[3]).toContain("ends after 3 tries");
    expect([s.b.role, s.c.role]).toEqual(["replica", "replica"]);
  });

  test("when it is back before the replica was asked", async () => {
    const s = await replicated();
    const asked = promotions(s, (_, usual) => usual());
    // What hangs on the primary makes the failover wait a moment for it.
    s.a.condition = "silent";
    const hanging = caught(s.db.execute(INSERT, [], { timeoutMs: 300_000 }));
    await untilTold(s);
    s.a.condition = "up";
    await s.clock.advance(20_000);
    expect(asked).toEqual([]);
    expect(phases(s)).toEqual(["a c started", "a c failed"]);
    expect(statsOf(s, "a").health).toBe("alive");
    expect((await s.clock.runUntil(s.db.query(INSERT))).servedBy).toBe("a");
    await s.clock.runUntil(s.db.close());
    await s.clock.runUntil(hanging);
  });

  test("and is not fenced while the replica is still being reached", async () => {
    const s = await replicated();
    s.a.die();
    // From when it is chosen, it takes very long to let anybody in.
    s.db.on("failover", ({ phase }) => {
      if (phase !== "started") return;
      s.c.cut();
      s.c.condition = "silent";
    });
    await untilTold(s);
    s.a.revive();
    const from = s.clock.now();
    const { servedBy } = await s.clock.runUntil(s.db.query(INSERT, [], { timeoutMs: 60_000 }));
    expect(servedBy).toBe("a");
    // Two looks at what is down bring it back, and that ends it.
    expect(s.clock.now() - from).toBeLessThan(3_000);
    expect(phases(s)).toEqual(["a c started", "a c failed"]);
  });
});

describe("nobody else is asked in the same outage", () => {
  test("when the one that was asked does not say that it is the primary", async () => {
    const s = await replicated();
    const asked = promotions(s, ignored);
    s.a.die();
    await untilTold(s);
    await s.clock.advance(8_000);
    // It is busy with the end of its recovery, and then it is done.
    s.c.condition = "silent";
    await s.clock.advance(60_000);
    s.c.condition = "up";
    s.c.role = "primary";
    s.c.generation = 2;
    await s.clock.advance(30_000);
    expect(new Set(asked.map(([id]) => id))).toEqual(new Set(["c"]));
    expect(s.db.stats().primary).toBe("c");
    expect(s.b.role).toBe("replica");
  });

  test("when it was asked by a person, or is gone", async () => {
    const s = await replicated();
    const asked = promotions(s, refused);
    s.a.die();
    await s.clock.runUntil(caught(s.db.failover("a", "b")));
    s.b.die();
    await s.clock.advance(300_000);
    expect(asked.map(([id]) => id)).toEqual(["b"]);
  });

  test("when its successor is lost too, the third one follows", async () => {
    const s = await replicated();
    s.a.die();
    await s.clock.advance(60_000);
    s.c.die();
    await s.clock.advance(60_000);
    expect(phases(s)).toEqual(["a c started", "a c done", "c b started", "c b done"]);
  });

  test("in the next outage it may be another one", async () => {
    const s = await replicated();
    const asked = promotions(s, refused);
    s.a.die();
    await s.clock.advance(120_000);
    s.a.revive();
    await s.clock.advance(30_000);
    s.b.position = 300n;
    s.a.die();
    await s.clock.advance(120_000);
    expect(asked.map(([id]) => id)).toEqual(["c", "c", "c", "b", "b", "b"]);
  });
});

test("a failover that fails is tried twice more, further and further apart, and then no more", async () => {
  const s = await replicated();
  const asked = promotions(s, refused);
  s.a.die();
  await s.clock.advance(3_600_000);
  const [one = 0, two = 0, three = 0] = asked.map(([, at]) => at);
  expect(asked.length).toBe(3);
  expect(two - one).toBeGreaterThan(5_000);
  expect(three - two).toBeGreaterThan(10_000);
  const started = ["a c started", "a c failed"];
  expect(phases(s)).toEqual([...started, ...started, ...started, "a c failed"]);
  expect(told(s, "failover").at(-1)).toContain("permission denied for pg_promote");
});

test("where no replica lives it is not tried; once one does, it is", async () => {
  const s = await replicated();
  s.b.die();
  s.c.die();
  await s.clock.advance(10_000);
  s.a.die();
  await s.clock.advance(600_000);
  expect(told(s, "failover")).toEqual([]);
  s.b.revive();
  await s.clock.advance(200_000);
  expect(phases(s)).toEqual(["a b started", "a b done"]);
});

describe("the successor is not chosen by guess", () => {
  test("when one lives that cannot be measured", async () => {
    const s = await replicated();
    s.a.die();
    s.c.vitals = () => {
      throw new Error("too slow");
    };
    await s.clock.advance(120_000);
    expect(phases(s)).toEqual(["a c failed", "a c failed", "a c failed", "a c failed"]);
    expect([s.b.role, s.c.role]).toEqual(["replica", "replica"]);
  });

  test("nor by what a full one told long ago; it is asked again when there is room", async () => {
    const s = await replicated({ pool: { idleTimeoutMs: 500 } });
    // It was the one with most; since then it has been left behind, and is full.
    s.b.position = 500n;
    await s.clock.advance(3_000);
    s.b.position = 100n;
    s.b.otherConnections = 100;
    s.b.cut();
    s.a.die();
    await untilTold(s);
    expect(phases(s)).toEqual(["a b failed"]);
    s.b.otherConnections = 0;
    await s.clock.advance(60_000);
    expect(phases(s)).toEqual(["a b failed", "a c started", "a c done"]);
  });

  test("a measurement that fails once is made again", async () => {
    const s = await replicated();
    s.a.die();
    const usual = s.c.vitals.bind(s.c);
    for (let n = 0; n < 10_000 && statsOf(s, "a").recovery !== "rebuildClient"; n++) {
      await s.clock.advance(10);
    }
    s.c.vitals = () => {
      throw new Error("too slow");
    };
    while (statsOf(s, "a").recovery !== "isolate") await s.clock.advance(10);
    await s.clock.advance(500);
    s.c.vitals = usual;
    await s.clock.advance(60_000);
    expect(phases(s)).toEqual(["a c started", "a c done"]);
  });
});

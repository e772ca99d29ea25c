import { describe, expect, test } from "vitest";
import type { Cell, Reading } from "../../adapters/stores/cell/cell.ts";
import { cellStore, MAX_SYNCS_PER_SECOND } from "../../adapters/stores/cell/cell-store.ts";
import { StoreError } from "../../src/errors.ts";
import { CLUSTER_DEFAULTS } from "../../src/model/cluster-rules.ts";
import type { StoreTerms } from "../../src/ports.ts";
import {
  beliefOf,
  bringDown,
  claimed,
  reporter,
  RULES,
  storeErrorOf,
  type StoreGround,
  terms,
  up,
} from "../contract/store-stage.ts";
import { contractTests } from "./contract-tests.ts";

/** A cell in memory that writes down what is asked of it, and lets others come first. */
class ScriptedCell implements Cell {
  readonly name = "scripted";
  readonly swapsInOneTrip: boolean;
  readonly calls: string[] = [];
  text: string | undefined;
  writes = 0;
  now = 1_000_000;
  /** How many swaps from now on somebody else comes before. */
  beaten = 0;
  /** Called before each answer. */
  before: () => void | Promise<void> = () => {};

  constructor(swapsInOneTrip = true) {
    this.swapsInOneTrip = swapsInOneTrip;
  }

  async read(): Promise<Reading> {
    this.calls.push("read");
    await this.before();
    return { text: this.text, mark: `${this.writes}`, now: this.now };
  }

  async swap(reading: Reading, text: string): Promise<{ swapped: boolean; reading: Reading }> {
    this.calls.push("swap");
    await this.before();
    if (this.beaten > 0) {
      this.beaten--;
      this.writes++;
    }
    const swapped = reading.mark === `${this.writes}`;
    if (swapped) {
      this.text = text;
      this.writes++;
    }
    return { swapped, reading: { text: this.text, mark: `${this.writes}`, now: this.now } };
  }

  /** What was asked since it was last looked at. */
  taken(): string[] {
    return this.calls.splice(0);
  }
}

function groundOf(cell: ScriptedCell): StoreGround {
  return {
    // Both clocks run at the same pace.
    open: () => cellStore(cell, { clock: { now: () => cell.now } }),
    pass: async (ms) => {
      cell.now += ms;
    },
  };
}

for (const oneTrip of [true, false]) {
  contractTests(`cellStore() on a cell that swaps in ${oneTrip ? "one trip" : "two"}`, {
    leases: false,
    ground: () => groundOf(new ScriptedCell(oneTrip)),
  });
}

describe("cellStore()", () => {
  test("a sync that nobody came before is one round trip", async () => {
    const cell = new ScriptedCell();
    const { tell } = reporter(cellStore(cell));
    await tell(up("p"));
    expect(cell.taken()).toEqual(["read", "swap"]);
    for (let i = 0; i < 3; i++) await tell(up("p"));
    expect(cell.taken()).toEqual(["swap", "swap", "swap"]);
    await reporter(cellStore(cell)).tell(up("p"));
    cell.taken();
    await tell(up("p"));
    expect(cell.taken()).toEqual(["swap", "swap"]);
  });

  test("where a swap does not tell the present value, it reads first", async () => {
    const cell = new ScriptedCell(false);
    const { tell } = reporter(cellStore(cell));
    for (let i = 0; i < 2; i++) await tell(up("p"));
    expect(cell.taken()).toEqual(["read", "swap", "read", "swap"]);
  });

  test("what was read long ago is read again: it says nothing of the time there", async () => {
    const cell = new ScriptedCell();
    const clock = { at: 0, now: () => clock.at };
    const { tell } = reporter(cellStore(cell, { clock }));
    await tell(up("p"));
    clock.at += 20_000;
    await tell(up("p"));
    clock.at += 40_000;
    cell.taken();
    await tell(up("p"));
    expect(cell.taken()).toEqual(["read", "swap"]);
  });

  test("a claim that is denied writes nothing, and is never denied by what is remembered", async () => {
    const cell = new ScriptedCell();
    const ground = groundOf(cell);
    const [a, b] = await bringDown(ground);
    const { token } = await claimed(ground, a);
    const { writes } = cell;
    const ask = { endpoint: "r", reporter: b.name };
    for (let i = 0; i < 2; i++) {
      expect((await b.store.claim(ask, terms())).granted).toBe(false);
      expect(cell.writes).toBe(writes);
    }
    // By now b has heard of the trial. Then it fails, and another one is due: of that b has not.
    await a.tell({ id: "r", trial: { token, passed: false } });
    cell.now += 1_000;
    expect((await b.store.claim(ask, terms())).granted).toBe(true);
  });

  test("a report that was heard already is not written again", async () => {
    const cell = new ScriptedCell();
    const store = cellStore(cell);
    const told = reporter(store).report(up("p"));
    const first = await store.sync(told, terms());
    const { writes } = cell;
    expect(await store.sync(told, terms())).toEqual(first);
    expect(cell.writes).toBe(writes);
  });

  test.each([
    { tripMs: 0, perSecond: MAX_SYNCS_PER_SECOND },
    { tripMs: 5, perSecond: 50 },
    { tripMs: 20, perSecond: 12.5 },
    { tripMs: 100, perSecond: 2.5 },
    { tripMs: 30_000, perSecond: 2 },
  ])("a fleet is paced to $perSecond syncs a second over trips of $tripMs ms", async (line) => {
    const cell = new ScriptedCell();
    const rules = { ...CLUSTER_DEFAULTS, syncsPerSecond: 10_000 };
    const clock = { at: 0, now: () => clock.at };
    const far = reporter(cellStore(cell, { clock }), "far", rules);
    cell.before = () => void (clock.at += line.tripMs);
    for (let i = 0; i < 99; i++) await reporter(cellStore(cell), `${i}`, rules).tell(up("p"));
    const { spreadMs } = await far.tell(up("p"));
    expect(spreadMs).toBe((100 * 1_000) / line.perSecond);
    // One slow answer among others changes little.
    cell.before = () => void (clock.at += line.tripMs * 10);
    expect((await far.tell(up("p"))).spreadMs).toBeLessThanOrEqual(spreadMs * 1.3);
  });

  test("it comes through when others are faster a few times, and gives up as overloaded", async () => {
    const cell = new ScriptedCell();
    const { store, tell, report } = reporter(cellStore(cell));
    cell.beaten = 5;
    expect((await tell(up("p"))).endpoints.length).toBe(1);
    cell.beaten = 1_000;
    cell.taken();
    const error = await storeErrorOf(store.sync(report(up("p")), terms()));
    expect(error.overloaded).toBe(true);
    expect(error.message).toMatch(/others wrote .* first/i);
    expect(cell.taken().filter((call) => call === "swap").length).toBe(12);
  });

  test("when nobody waits any more it rejects at once, and asks for nothing further", async () => {
    const cell = new ScriptedCell();
    const store = cellStore(cell);
    const controller = new AbortController();
    const given: StoreTerms = { ...terms(), signal: controller.signal };
    let answer = (): void => {};
    const asked = new Promise<void>((resolve) => {
      cell.before = () => {
        resolve();
        return new Promise<void>((go) => {
          answer = go;
        });
      };
    });
    const syncing = store.sync(reporter(store).report(up("p")), given);
    await asked;
    controller.abort(new Error("the deadline"));
    const error = await storeErrorOf(syncing);
    expect(error.cause).toEqual(new Error("the deadline"));
    answer();
    await new Promise((resolve) => setImmediate(resolve));
    expect(cell.taken()).toEqual(["read"]);
  });

  test("garbage begins a new life; a newer state is left alone", async () => {
    const cell = new ScriptedCell();
    const before = await reporter(cellStore(cell)).tell(up("p"));
    for (const garbage of ["", "{", "null", "[]", '{"v":1}', "not json"]) {
      cell.text = garbage;
      const after = await reporter(cellStore(cell)).tell(up("q"));
      expect(after.origin).not.toBe(before.origin);
      expect(after.endpoints.map((one) => one.id)).toEqual(["q"]);
    }
    const newer = JSON.stringify({ ...JSON.parse(cell.text ?? ""), v: 2 });
    cell.text = newer;
    const { store, report } = reporter(cellStore(cell));
    const error = await storeErrorOf(store.sync(report(up("p")), terms()));
    expect(error.message).toMatch(/newer version of holdfast/);
    expect(error.overloaded).toBe(false);
    expect(cell.text).toBe(newer);
  });

  test("what a cell throws is a StoreError, in its own words only where it is one", async () => {
    const { store, report } = reporter(cellStore(new ScriptedCell()));
    await store.sync(report(up("p")), terms());
    for (const call of ["read", "swap"] as const) {
      for (
        const thrown of [new Error("s3cret"), "s3cret", new StoreError("s3cret, says the cell")]
      ) {
        const fail = (): Promise<never> => Promise.reject(thrown as Error);
        const cell = Object.assign(new ScriptedCell(), { [call]: fail });
        const failing = reporter(cellStore(cell));
        const error = await storeErrorOf(failing.store.sync(failing.report(up("p")), terms()));
        const isOwn = thrown instanceof StoreError;
        expect(error.message.includes("s3cret")).toBe(isOwn);
        expect(error.message).toMatch(isOwn ? /says the cell/ : /^The scripted store failed\. /);
        expect(error.cause).toBeUndefined();
      }
    }
  });

  test.each([
    ["now", NaN],
    ["now", undefined],
    ["now", "2026-01-01"],
    ["mark", 7],
    ["text", null],
    ["text", new Uint8Array()],
  ])("a reading whose %s is %j is refused before it gets into the state", async (field, value) => {
    const cell = new ScriptedCell();
    const { tell } = reporter(cellStore(cell));
    const { origin } = await tell(up("p"));
    const read = cell.read.bind(cell);
    cell.read = async () => ({ ...await read(), [field]: value });
    const { store, report } = reporter(cellStore(cell));
    const error = await storeErrorOf(store.sync(report(up("p")), terms()));
    expect(error.message).toContain(`\`${field}\` makes no sense`);
    expect((await tell(up("p"))).origin).toBe(origin);
  });

  test("a clock that falls back a little stands still; one that was set takes what is kept along", async () => {
    const cell = new ScriptedCell();
    const ground = groundOf(cell);
    const [a] = await bringDown(ground);
    await a.store.command({ type: "failover", from: "p", to: "q" }, terms());
    const { origin } = await a.tell();
    for (const backMs of [5_000, 3_600_000]) {
      cell.now -= backMs;
      const back = await reporter(cellStore(cell)).tell();
      expect(back.origin).toBe(origin);
      expect(back.endpoints.map((one) => one.phase)).toEqual(["closed", "closed", "open"]);
      expect(back.assignment).toMatchObject({ from: "p", to: "q" });
    }
    expect(beliefOf(await a.tell(), "r").remainingMs).toBeLessThanOrEqual(RULES.maxCooldownMs);
  });
});

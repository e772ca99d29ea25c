/** Workers KV gives advice: in workerd, over one namespace, an isolate each. */

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { EndpointReport, Snapshot } from "../../mod.ts";
import { until } from "../cluster/mod.ts";
import { beliefOf, down, up } from "../contract/store-stage.ts";
import { type Place, startPlace } from "./place.ts";

describe("workersKv() in workerd", () => {
  let place: Place;
  const seqs = new Map<number, number>();
  beforeEach(async () => {
    seqs.clear();
    place = await startPlace({
      entry: new URL("kv-worker.ts", import.meta.url),
      isolates: 4,
      kv: ["KV"],
    });
  });
  afterEach(() => place?.dispose());

  async function ask<T>(isolate: number, path: string, body?: string): Promise<T> {
    const init = body === undefined ? {} : { method: "POST", body };
    return await (await place.fetch(path, { isolate, ...init })).json() as T;
  }

  /** What the isolate's store answers to what it sees. */
  function tell(isolate: number, ...endpoints: EndpointReport[]): Promise<Snapshot> {
    const seq = (seqs.get(isolate) ?? 0) + 1;
    seqs.set(isolate, seq);
    const sinceMs = seq === 1 ? 0 : 100;
    const report = { v: 1, reporter: `isolate-${isolate}`, seq, sinceMs, endpoints };
    return ask(isolate, "/tell", JSON.stringify(report));
  }

  const phases = ({ endpoints }: Snapshot): string[] => endpoints.map(({ phase }) => phase);

  /** Two isolates say so until a third one is told. */
  async function bringDown(): Promise<Snapshot> {
    for (const isolate of [0, 1]) await tell(isolate, up("p"), up("q"), up("r"));
    return await until(async () => {
      for (const isolate of [0, 1]) await tell(isolate, up("p"), up("q"), down("r"));
      const told = await tell(2);
      return phases(told).includes("open") && told;
    }, { what: "a third isolate to hear that r is down" });
  }

  test("what two isolates find down a new one leaves alone", async () => {
    expect(beliefOf(await bringDown(), "r")).toMatchObject({ phase: "open" });
    expect(phases(await tell(3))).toEqual(["closed", "closed", "open"]);
  });

  test("an answer since then is the trial: it is in again for everybody", async () => {
    await bringDown();
    const told = await until(async () => {
      await tell(0, up("p"), up("q"), up("r"));
      const heard = await tell(3);
      return phases(heard).every((phase) => phase === "closed") && heard;
    }, { what: "a new isolate to hear that r is back" });
    expect(beliefOf(told, "r").round).toBeGreaterThan(0);
  });

  test("versions do not fall, whoever wrote last", async () => {
    const { version } = await bringDown();
    expect((await tell(3)).version).toBeGreaterThanOrEqual(version);
    expect(Math.abs(version - Date.now())).toBeLessThan(600_000);
  });

  test("quiet isolates write nothing, busy ones once a second", async () => {
    const startedAt = performance.now();
    for (let i = 0; i < 50; i++) await tell(0, up("p"), up("q"), up("r"));
    expect(await ask(0, "/writes")).toBe(1);
    for (let i = 0; i < 50; i++) await tell(0, up("p"), up("q"), i % 2 === 0 ? down("r") : up("r"));
    const seconds = (performance.now() - startedAt) / 1_000;
    expect(await ask(0, "/writes")).toBeLessThanOrEqual(2 + seconds);
  });

  test("a damaged state is begun anew, a newer one is left alone, and no report is none", async () => {
    await ask(0, "/put", "{ half a st");
    expect(phases(await tell(0, up("p")))).toEqual(["closed"]);
    const newer = JSON.stringify({ v: 2, origin: "o", version: 1 });
    await ask(1, "/put", newer);
    expect(await tell(1, up("p"))).toMatchObject({
      error: expect.stringContaining("newer version"),
    });
    expect(await ask(2, "/tell", JSON.stringify({ v: 1 }))).toMatchObject({
      error: expect.stringContaining("StoreError"),
    });
  });
});

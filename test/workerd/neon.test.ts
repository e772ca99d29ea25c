import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Cluster, startCluster, whyNoCluster } from "../cluster/mod.ts";
import { type Double, startDouble } from "../neon/double.ts";
import { refused } from "../neon/sql.ts";
import { type Place, startPlace } from "./place.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

interface Told {
  readonly value?: unknown;
  readonly error?: { readonly code: string; readonly message: string; readonly executed: string };
}

describe.skipIf(missing)(`neon() in workerd ${missing ?? ""}`, () => {
  let cluster: Cluster;
  let main: Double;
  let copy: Double;
  beforeAll(async () => {
    cluster = await startCluster({ replicas: 1, auth: "scram-sha-256", password: "pw" });
    await cluster.primary.query("create table note (id serial primary key, text text)");
    await cluster.waitCaughtUp();
    main = await startDouble(cluster.primary.port);
    copy = await startDouble(cluster.replicas[0]?.port ?? 0);
  });
  afterAll(async () => {
    await main?.close();
    await copy?.close();
    await cluster?.stop();
  });

  describe.each([
    ["with nodejs_compat", true],
    ["without nodejs_compat", false],
  ])("%s", (_, nodeCompat) => {
    let place: Place;
    beforeAll(async () => {
      place = await startPlace({
        entry: new URL("neon-worker.ts", import.meta.url),
        nodeCompat,
        bindings: { MAIN: main.options(), COPY: copy.options() },
      });
    });
    beforeEach(() => cluster.primary.query("truncate note"));
    afterEach(() => {
      for (const double of [main, copy]) double.fault = { kind: "none" };
      main.upgrade = "none";
      // Nothing of one request is touched by another: workerd would say so.
      const logs = place.takeLogs();
      if (logs.length > 0) throw new Error(`workerd said: ${logs.join("; ")}`);
    });
    afterAll(() => place?.dispose());

    async function ask(deed: string): Promise<Told> {
      return await (await place.fetch(`/?do=${deed}`)).json() as Told;
    }

    async function written(): Promise<number> {
      return (await cluster.primary.query("select 1 from note")).length;
    }

    test("the place is what it is said to be", async () => {
      const kinds = nodeCompat ? ["object", "function"] : ["undefined", "undefined"];
      expect(await ask("node")).toEqual({ value: kinds });
    });

    test("reads are served by the copy, and by the main one when it fails", async () => {
      const row = { i: 1, b: [7], t: "1970-01-01T00:00:00.000Z" };
      expect(await ask("read")).toEqual({ value: { servedBy: "copy", row } });
      const message = "Couldn't connect to compute node";
      copy.fault = { kind: "answer", ...refused(500, { message }) };
      expect(await ask("read")).toEqual({ value: { servedBy: "main", row } });
    });

    test("twenty requests at once, each with a dozen statements", async () => {
      const told = await Promise.all(Array.from({ length: 20 }, () => ask("many")));
      expect(told).toEqual(told.map(() => ({ value: 12 })));
    });

    test("a write whose connection is cut after it ran is not sent again", async () => {
      main.fault = { kind: "drop", when: "after" };
      expect((await ask("write")).error).toMatchObject({ executed: "unknown" });
      expect(await written()).toBe(1);
    });

    test("a transaction keeps what it wrote, and undoes what failed", async () => {
      expect(await ask("transaction")).toEqual({ value: [{ same: true }] });
      expect((await ask("rollback")).error).toMatchObject({ message: "undo it" });
      expect(await written()).toBe(1);
    });

    test("a WebSocket that is refused leaves nothing written", async () => {
      main.upgrade = "refuse";
      expect((await ask("transaction")).error).toMatchObject({ executed: "no" });
      expect(await written()).toBe(0);
    });
  });
});

import pg from "pg";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Cluster, whyNoCluster } from "../cluster/mod.ts";
import { TERMINATE_COUNTED } from "./connections.ts";
import { type Fault, play, startThings, struckOf } from "./scene.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

/** Between two sweeps over the sessions of the replica. */
const TERMINATE_EVERY_MS = 50;

describe.skipIf(missing)(`reads survive what happens to a replica ${missing ?? ""}`, () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startThings();
  });
  afterAll(() => cluster?.stop());

  test("SIGKILL: no read fails, and the replica comes back", async () => {
    const struck = struckOf(cluster);
    const { failed, progressed } = await play(cluster, {
      name: "SIGKILL",
      begin: () => struck.kill(),
      end: async () => {
        if (struck.running) return;
        await struck.start();
        await struck.waitReady();
      },
    });
    expect(failed).toEqual([]);
    expect(progressed).toBe(true);
  });

  test("SIGSTOP: no read fails, and the replica comes back", async () => {
    const struck = struckOf(cluster);
    const { failed, progressed } = await play(cluster, {
      name: "SIGSTOP",
      begin: () => struck.freeze(),
      end: () => struck.thaw(),
    });
    expect(failed).toEqual([]);
    expect(progressed).toBe(true);
  });

  test("pg_terminate_backend of every session, again and again: no read fails", async () => {
    const { failed, progressed } = await play(cluster, terminating());
    expect(failed).toEqual([]);
    expect(progressed).toBe(true);
  });

  test("max_connections reached: no read fails, and those that are open serve on", async () => {
    const { failed, progressed } = await play(cluster, filling("max_connections reached"), {
      moreCallers: 32,
    });
    expect(failed).toEqual([]);
    expect(progressed).toBe(true);
  });

  test("max_connections reached before the first connection: no read fails", async () => {
    const { failed, progressed } = await play(cluster, filling("max_connections reached, cold"), {
      cold: true,
    });
    expect(failed).toEqual([]);
    expect(progressed).toBe(true);
  });

  function terminating(): Fault {
    const stop = new AbortController();
    let sweeps = Promise.resolve();
    return {
      name: "pg_terminate_backend",
      begin: () => {
        sweeps = (async () => {
          while (!stop.signal.aborted) {
            await struckOf(cluster).query(TERMINATE_COUNTED);
            await sleep(TERMINATE_EVERY_MS);
          }
        })();
      },
      end: async () => {
        stop.abort();
        await sweeps;
      },
    };
  }

  /** Takes every connection that is left, those of the superusers included. */
  function filling(name: string): Fault {
    const taken: pg.Client[] = [];
    return {
      name,
      begin: async () => {
        for (;;) {
          const client = new pg.Client(struckOf(cluster).url());
          client.on("error", () => {});
          try {
            await client.connect();
          } catch (error) {
            if ((error as { code?: string }).code === "53300") return;
            throw error;
          }
          taken.push(client);
        }
      },
      end: async () => {
        await Promise.all(taken.splice(0).map((client) => client.end()));
      },
    };
  }
});

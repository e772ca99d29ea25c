import { describe, expect, test } from "vitest";
import { startCluster, whyNoCluster } from "../cluster/mod.ts";
import { startPlace } from "./place.ts";
import { countRoundTrips } from "./round-trips.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

describe.skipIf(missing)(`a request's connection in workerd ${missing ?? ""}`, () => {
  // The start, two messages of SCRAM, the proof that a server is there, the select.
  test.each([["scram-sha-256", 5], ["trust", 3]] as const)(
    "%s: a request waits %d times for the server, the isolate's first once more",
    async (auth, least) => {
      await using cluster = await startCluster({ replicas: 0, auth });
      await using trips = await countRoundTrips(cluster.primary.port);
      await using place = await startPlace({
        entry: new URL("round-trips-worker.ts", import.meta.url),
        bindings: { DATABASE_URL: trips.via(cluster.primary.url()) },
      });
      const counts: number[] = [];
      for (let i = 0; i < 4; i++) {
        trips.count = 0;
        expect(await (await place.fetch("/")).json()).toEqual([{ n: 2 }]);
        counts.push(trips.count);
      }
      expect(counts).toEqual([least + 1, least, least, least]);
      expect(trips.connections).toBe(4);
      expect(place.takeLogs()).toEqual([]);
    },
  );
});

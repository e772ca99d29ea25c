/** What one reporter, or very many, can do at most. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeCluster } from "../../src/cluster/codec.ts";
import { emptyCluster, step } from "../../src/cluster/step.ts";
import type { Report } from "../../src/model/belief.ts";
import { anyWord, draw, id, IDS } from "./history.ts";

const MANY = { numRuns: 300 };

test("one reporter, whatever it sends, opens nothing while another is there that has answers", () => {
  const lie = fc.record({
    pause: fc.oneof(fc.nat(400), fc.nat(10_000)),
    sinceMs: fc.oneof(fc.constant(0), fc.nat(86_400_000)),
    prober: fc.boolean(),
    words: fc.array(anyWord, { maxLength: 6 }),
    claims: id,
  });
  fc.assert(
    fc.property(fc.array(lie, { maxLength: 60, size: "max" }), (lies) => {
      let now = 1_000_000;
      let cluster = emptyCluster("origin");
      const say = (report: Report) => {
        cluster = step(cluster, { type: "report", report }, now, draw);
        expect(cluster.endpoints.every((one) => one.circuit.phase === "closed")).toBe(true);
      };
      const honest = (seq: number, sinceMs: number) => {
        const endpoints = IDS.map((one) => ({ id: one, saw: "up" as const, agoMs: 0 }));
        say({ v: 1, reporter: "honest", seq, sinceMs, endpoints });
      };
      honest(1, 0);
      lies.forEach(({ pause, sinceMs, prober, words, claims }, i) => {
        now += pause;
        say({ v: 1, reporter: "liar", seq: i + 1, sinceMs, prober, endpoints: words });
        const request = { endpoint: claims, reporter: "liar" };
        cluster = step(cluster, { type: "claim", request }, now, draw);
        honest(i + 2, pause);
      });
    }),
    MANY,
  );
});

test("step() keeps the state below 60 KB for 16 endpoints, whoever reports and how long its name is", () => {
  const ids = Array.from({ length: 16 }, (_, i) => `replica-${i}`.padEnd(128, "-"));
  const anyCrowd = fc.array(
    fc.record({
      pause: fc.nat(300),
      downs: fc.subarray(ids, { minLength: 1 }),
      name: fc.nat(2_000),
    }),
    { minLength: 300, maxLength: 600 },
  );
  fc.assert(
    fc.property(anyCrowd, (crowd) => {
      let cluster = emptyCluster("o".repeat(128));
      let now = 1_790_000_000_000;
      crowd.forEach(({ pause, downs, name }, seq) => {
        now += pause;
        const role = { role: "replica", generation: 4_294_967_295, agoMs: 1 } as const;
        const endpoints = ids.map((one) => ({
          id: one,
          saw: downs.includes(one) ? "down" as const : "up" as const,
          agoMs: 1,
          role,
          lag: { lagMs: 86_400_000, agoMs: 1 },
        }));
        const reporter = `${name}`.padStart(64, "\\");
        const report = { v: 1, reporter, seq: seq + 1, sinceMs: 0, endpoints };
        cluster = step(cluster, { type: "report", report }, now, { ...draw, random: 1 / 3 });
      });
      expect(encodeCluster(cluster).length).toBeLessThan(60_000);
    }),
    // One run is long, and the longest says most.
    { numRuns: 5, endOnFailure: true },
  );
});

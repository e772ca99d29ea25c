/** What holds whatever the fleet does. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { ejectionsAllowed } from "../../src/admit/panic.ts";
import { decodeCluster, encodeCluster } from "../../src/cluster/codec.ts";
import { due } from "../../src/cluster/due.ts";
import { trialOf } from "../../src/cluster/shared-circuit.ts";
import { snapshotOf } from "../../src/cluster/snapshot.ts";
import type { Cluster, SharedEndpoint } from "../../src/cluster/state.ts";
import { step } from "../../src/cluster/step.ts";
import { CLUSTER_DEFAULTS } from "../../src/model/cluster-rules.ts";
import { anyHistory, draw, live } from "./history.ts";

const MANY = { numRuns: 300 };
const isIn = (one: SharedEndpoint) => one.removed !== true;

test("step() never takes out more than the ceiling allows, nor the last of its kind", () => {
  let opened = 0;
  fc.assert(
    fc.property(anyHistory, (history) => {
      live(history, (_before, _event, { endpoints }) => {
        const members = endpoints.filter(isIn);
        const open = members.filter((one) => one.circuit.phase === "open");
        if (open.length === 0) return;
        opened++;
        const out = members.filter((one) => one.circuit.phase !== "closed").length;
        expect(out).toBeLessThanOrEqual(ejectionsAllowed(members.length, 0.5));
        for (const { role } of open) {
          const others = members.filter((one) => one.circuit.phase === "closed");
          const alike = others.filter((one) => {
            if (role === undefined) return one.role?.role !== "replica";
            return role.role === "replica" || one.role?.role === "primary";
          });
          expect(alike.length).toBeGreaterThan(0);
        }
      });
    }),
    MANY,
  );
  // Or nothing was shown.
  expect(opened).toBeGreaterThan(1_000);
});

test("step() grants one trial at a time, with tokens that rise", () => {
  let granted = 0;
  fc.assert(
    fc.property(anyHistory, (history) => {
      live(history, (before, event, after, now) => {
        expect(after.tokens).toBeGreaterThanOrEqual(before.tokens);
        if (after.tokens === before.tokens) return;
        granted++;
        expect(event.type).toBe("claim");
        const changed = after.endpoints.filter((one, i) => one !== before.endpoints[i]);
        const [one] = changed.filter((e) => trialOf(e.circuit, now)?.token === after.tokens);
        expect(one).toBeDefined();
        const was = before.endpoints.find((e) => e.id === one?.id);
        expect(was && trialOf(was.circuit, now)).toBeUndefined();
      });
    }),
    MANY,
  );
  expect(granted).toBeGreaterThan(100);
});

test("step() raises the version by one for news, and never lowers it", () => {
  fc.assert(
    fc.property(anyHistory, (history) => {
      live(history, (before, _event, after, now) => {
        const rise = after.version - before.version;
        expect([0, 1]).toContain(rise);
        if (rise === 1 || after.endpoints.some(isRewound(before))) return;
        const told = (cluster: Cluster) => {
          return snapshotOf(cluster, now, CLUSTER_DEFAULTS).endpoints.map((one) => {
            return {
              id: one.id,
              phase: one.phase,
              round: one.round,
              held: one.held,
              removed: one.removed,
            };
          });
        };
        expect(told(after)).toEqual(told(before));
      });
    }),
    MANY,
  );
});

/** What only the clock has changed is no news. */
function isRewound(before: Cluster) {
  return ({ circuit }: SharedEndpoint, i: number): boolean => {
    const was = before.endpoints[i]?.circuit;
    return was?.phase === "open" && circuit.phase === "open" && was.until !== circuit.until;
  };
}

test("step() takes the same report twice for once", () => {
  fc.assert(
    fc.property(anyHistory, (history) => {
      live(history, (_before, event, after, now) => {
        if (event.type !== "report") return;
        expect(step(after, event, now, draw)).toBe(after);
        expect(step(after, event, now + 700, draw)).toBe(after);
      });
    }),
  );
});

test("step() goes on the same after a trip through storage, and never changes what it was given", () => {
  fc.assert(
    fc.property(anyHistory, (history) => {
      live(history, (before, event, after, now) => {
        const text = encodeCluster(before);
        const stored = decodeCluster(text);
        expect(stored).toEqual(before);
        expect(step(stored ?? before, event, now, draw)).toEqual(after);
        expect(encodeCluster(before)).toBe(text);
      });
    }),
    { numRuns: 100 },
  );
});

test("step() always says when it is due again while something is out", () => {
  fc.assert(
    fc.property(anyHistory, (history) => {
      live(history, (_before, _event, after, now) => {
        const { trials, wakeInMs } = due(after, now, CLUSTER_DEFAULTS);
        const isOut = after.endpoints.some((one) => one.circuit.phase === "open");
        if (isOut) expect(wakeInMs).toBeDefined();
        else expect(trials).toEqual([]);
        if (wakeInMs !== undefined) expect(wakeInMs).toBeGreaterThanOrEqual(1);
      });
    }),
  );
});

test("step() lets nobody be out for ever: from anywhere, one passed trial brings it back", () => {
  fc.assert(
    fc.property(anyHistory, (history) => {
      let { cluster, now } = live(history);
      now += 31_000;
      cluster = step(cluster, { type: "tick" }, now, draw);
      for (const one of cluster.endpoints.filter((e) => e.circuit.phase === "open")) {
        const request = { endpoint: one.id, reporter: "new" };
        cluster = step(cluster, { type: "claim", request }, now, draw);
        const trial = { token: cluster.tokens, passed: true };
        const report = { v: 1, reporter: "new", seq: now++, sinceMs: 0 };
        const told = { ...report, endpoints: [{ id: one.id, trial }] };
        cluster = step(cluster, { type: "report", report: told }, now, draw);
        expect(cluster.endpoints.find((e) => e.id === one.id)?.circuit.phase).toBe("closed");
      }
    }),
  );
});

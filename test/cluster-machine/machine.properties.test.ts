/** What holds whatever the fleet does. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { ejectionsAllowed } from "../../src/admit/panic.ts";
import { decodeCluster, encodeCluster } from "../../src/cluster/codec.ts";
import { due } from "../../src/cluster/due.ts";
import { trialOf } from "../../src/cluster/shared-circuit.ts";
import { snapshotOf } from "../../src/cluster/snapshot.ts";
import type { Cluster, SharedEndpoint } from "../../src/cluster/state.ts";
import { type ClusterEvent, emptyCluster, step } from "../../src/cluster/step.ts";
import type { Command, EndpointReport, Report } from "../../src/model/belief.ts";
import { CLUSTER_DEFAULTS } from "../../src/model/cluster-rules.ts";

const IDS = ["a", "b", "c", "d"];
const id = fc.constantFrom(...IDS);
const agoMs = fc.oneof(fc.constant(0), fc.nat(3_000), fc.nat(100_000));
const draw = { random: 0.5, rules: CLUSTER_DEFAULTS };

/** What may be left out is left out half of the time. */
function sometimes<K extends string, T>(name: K, one: fc.Arbitrary<T>) {
  return fc.option(one, { nil: undefined })
    .map((value) => (value === undefined ? {} : { [name]: value }) as { readonly [P in K]?: T });
}

const anyWord: fc.Arbitrary<EndpointReport> = fc.tuple(
  fc.record({ id }),
  sometimes("saw", fc.constantFrom("up" as const, "down" as const, "down" as const)),
  sometimes("agoMs", agoMs),
  sometimes(
    "role",
    fc.record({ role: fc.constantFrom("primary" as const, "replica" as const), agoMs }),
  ),
  sometimes("trial", fc.record({ token: fc.nat(30), passed: fc.boolean() })),
).map((parts) => Object.assign({}, ...parts));

const anyReport: fc.Arbitrary<Report> = fc.tuple(
  fc.record({
    v: fc.constant(1),
    reporter: fc.constantFrom("r0", "r1", "r2", "r3", "prober"),
    seq: fc.nat(200),
    sinceMs: fc.oneof(fc.constant(0), fc.nat(20_000)),
    endpoints: fc.array(anyWord, { maxLength: 5 }),
  }),
).map(([report]) => report.reporter === "prober" ? { ...report, prober: true } : report);

const anyCommand: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ type: fc.constantFrom("isolate", "release", "remove", "add"), endpoint: id }),
  fc.record({ type: fc.constant("failover" as const), from: id, to: id }),
  fc.record({ type: fc.constant("failback" as const) }),
);

const anyEvent: fc.Arbitrary<ClusterEvent> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ type: fc.constant("report" as const), report: anyReport }) },
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant("claim" as const),
      request: fc.record({ endpoint: id, reporter: fc.constantFrom("r0", "r1", "prober") }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant("command" as const), command: anyCommand }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("tick" as const) }) },
);

/** Mostly on, now and then back a little. */
const anyPause = fc.oneof(fc.nat(500), fc.nat(12_000), fc.integer({ min: -3_000, max: 0 }));
const anyHistory = fc.array(fc.record({ event: anyEvent, pause: anyPause }), {
  maxLength: 100,
  size: "max",
});
type History = readonly { readonly event: ClusterEvent; readonly pause: number }[];
type Check = (before: Cluster, event: ClusterEvent, after: Cluster, now: number) => void;

/** Plays a history. Sequence numbers rise for most, so that most reports count. */
function live(history: History, check?: Check): { cluster: Cluster; now: number } {
  let cluster = emptyCluster("origin");
  let now = 1_000_000;
  history.forEach(({ event, pause }, i) => {
    now += pause;
    const numbered: ClusterEvent = event.type === "report" && event.report.seq % 10 !== 0
      ? { ...event, report: { ...event.report, seq: i + 1 } }
      : event;
    const after = step(cluster, numbered, now, draw);
    check?.(cluster, numbered, after, now);
    cluster = after;
  });
  return { cluster, now };
}

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
            return role?.role !== "primary" || one.role?.role === "primary";
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

test("one reporter, whatever it sends, opens nothing while another is there that has answers", () => {
  const lie = fc.record({
    pause: fc.oneof(fc.nat(400), fc.nat(10_000)),
    sinceMs: fc.oneof(fc.constant(0), fc.nat(86_400_000)),
    prober: fc.boolean(),
    words: fc.array(anyWord, { maxLength: 6 }),
    claims: id,
  });
  fc.assert(
    fc.property(fc.array(lie, { maxLength: 60 }), (lies) => {
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

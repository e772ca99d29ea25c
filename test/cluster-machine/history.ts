/** Random fleets, and what they do. */

import fc from "fast-check";
import type { Cluster } from "../../src/cluster/state.ts";
import { type ClusterEvent, emptyCluster, step } from "../../src/cluster/step.ts";
import type { Command, EndpointReport, Report } from "../../src/model/belief.ts";
import { CLUSTER_DEFAULTS, type ClusterRules } from "../../src/model/cluster-rules.ts";

export const IDS: readonly string[] = ["a", "b", "c", "d"];
export const id: fc.Arbitrary<string> = fc.constantFrom(...IDS);
const agoMs = fc.oneof(fc.constant(0), fc.nat(3_000), fc.nat(100_000));
export const draw: { readonly random: number; readonly rules: ClusterRules } = {
  random: 0.5,
  rules: CLUSTER_DEFAULTS,
};

/** What may be left out is left out half of the time. */
function sometimes<K extends string, T>(name: K, one: fc.Arbitrary<T>) {
  return fc.option(one, { nil: undefined })
    .map((value) => (value === undefined ? {} : { [name]: value }) as { readonly [P in K]?: T });
}

export const anyWord: fc.Arbitrary<EndpointReport> = fc.tuple(
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
export const anyHistory: fc.Arbitrary<History> = fc.array(
  fc.record({ event: anyEvent, pause: anyPause }),
  {
    maxLength: 100,
    size: "max",
  },
);
type History = readonly { readonly event: ClusterEvent; readonly pause: number }[];
type Check = (before: Cluster, event: ClusterEvent, after: Cluster, now: number) => void;

/** Plays a history. Sequence numbers rise for most, so that most reports count. */
export function live(history: History, check?: Check): { cluster: Cluster; now: number } {
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

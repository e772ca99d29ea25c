import fc from "fast-check";
import { expect, test } from "vitest";
import type { Access, Role } from "../../src/model/endpoint.ts";
import { READ_PREFERENCE_MODES } from "../../src/model/read-preference.ts";
import type { Topology } from "../../src/model/topology.ts";
import type { RoleReport } from "../../src/ports.ts";
import { route } from "../../src/route/route.ts";
import { step, type TopologyEvent } from "../../src/route/topology.ts";
import { member } from "../model/member.ts";

const ids = ["a", "b", "c", "d"] as const;
const anyId = fc.constantFrom(...ids);
const anyRole = fc.constantFrom<Role>("primary", "replica");
const anyAccess = fc.constantFrom<Access>("readWrite", "readWrite", "readOnly", "writeOnly");
const anyReport: fc.Arbitrary<RoleReport> = fc.oneof(
  fc.record({ role: anyRole }),
  fc.record({ role: fc.constant<Role>("primary"), generation: fc.integer({ min: 1, max: 4 }) }),
);

const anyEvent: fc.Arbitrary<TopologyEvent> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ type: fc.constant("reported"), id: anyId, report: anyReport }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("told"), id: anyId, role: anyRole }) },
  fc.record({ type: fc.constant("refused"), id: anyId }),
  fc.record({ type: fc.constant("assigned"), from: anyId, to: anyId }),
  fc.record({ type: fc.constant("draining"), id: anyId }),
  fc.record({ type: fc.constant("removed"), id: anyId }),
  fc.record({
    type: fc.constant("added"),
    member: fc.tuple(anyId, anyRole, anyAccess).map(([id, role, access]) =>
      member(id, { role, access })
    ),
  }),
);

/** Events with the pauses before them; a pause may be none. */
const anyHistory = fc.array(fc.tuple(anyEvent, fc.nat(3)), { maxLength: 40 });

function everyStep(
  history: readonly (readonly [TopologyEvent, number])[],
  check: (before: Topology, event: TopologyEvent, after: Topology) => void,
): void {
  let topology: Topology = {
    epoch: 0,
    members: [member("a", { role: "primary" }), member("b"), member("c", { role: "unknown" })],
  };
  let now = 0;
  for (const [event, pause] of history) {
    now += pause;
    const next = step(topology, event, now);
    check(topology, event, next);
    topology = next;
  }
}

const MANY = { numRuns: 1_000 };

test("step() never believes in two primaries at once", () => {
  fc.assert(
    fc.property(anyHistory, (history) => {
      everyStep(history, (_before, _event, { members }) => {
        const primaries = members.filter((m) => {
          return m.role === "primary" && m.endpoint.access === "readWrite";
        });
        expect(primaries.length).toBeLessThanOrEqual(1);
      });
    }),
    MANY,
  );
});

test("step() never lowers the epoch, and only a primary's claim raises it", () => {
  fc.assert(
    fc.property(anyHistory, (history) => {
      everyStep(history, (before, event, after) => {
        expect(after.epoch).toBeGreaterThanOrEqual(before.epoch);
        if (after.epoch > before.epoch) expect(event.type).toBe("reported");
      });
    }),
  );
});

test("step() gives the same reference exactly when nothing changed", () => {
  fc.assert(
    fc.property(anyHistory, (history) => {
      everyStep(history, (before, _event, after) => {
        expect(JSON.stringify(after) === JSON.stringify(before)).toBe(after === before);
      });
    }),
    MANY,
  );
});

test("step() replaces changed members only, changes nothing in place and carries every load", () => {
  fc.assert(
    fc.property(anyHistory, (history) => {
      everyStep(history, (before, event, after) => {
        const old = new Map(before.members.map((m) => [m.endpoint.id, m]));
        const frozen = JSON.stringify(before);
        step(before, event, 1_000_000);
        expect(JSON.stringify(before)).toBe(frozen);
        for (const m of after.members) {
          const was = old.get(m.endpoint.id);
          if (was === undefined) continue;
          expect(m.load).toBe(was.load);
          expect(JSON.stringify(m) === JSON.stringify(was)).toBe(m === was);
        }
      });
    }),
  );
});

test("step() makes a primary only on an inspection's or a person's word", () => {
  fc.assert(
    fc.property(anyHistory, (history) => {
      everyStep(history, (before, event, after) => {
        for (const m of after.members) {
          const was = before.members.find((o) => o.endpoint.id === m.endpoint.id);
          if (was === undefined || was.role === "primary" || m.role !== "primary") continue;
          expect(["reported", "assigned"]).toContain(event.type);
        }
      });
    }),
  );
});

test("step() believes nobody whose generation is below the epoch, and sends it nothing", () => {
  fc.assert(
    fc.property(anyHistory, (history) => {
      everyStep(history, (before, event, after) => {
        if (event.type !== "reported" || event.report.generation === undefined) return;
        if (event.report.role !== "primary" || event.report.generation >= before.epoch) return;
        const claimant = after.members.find((m) => m.endpoint.id === event.id);
        if (claimant === undefined) return;
        expect(claimant.role).toBe("outdated");
        for (const mode of READ_PREFERENCE_MODES) {
          for (const work of ["read", "write"] as const) {
            const preference = { mode, tags: [], latencyWindowMs: 15, maxLagMs: undefined };
            expect(route(after.members, { work, preference }).flat()).not.toContain(claimant);
          }
        }
      });
    }),
    MANY,
  );
});

test("step() ends with the highest generation as the primary, in whatever order the claims come", () => {
  const generations = fc.uniqueArray(fc.integer({ min: 1, max: 50 }), {
    minLength: 3,
    maxLength: 3,
  });
  fc.assert(
    fc.property(generations, fc.array(anyId, { maxLength: 30 }), (all, order) => {
      const claimants = ["a", "b", "c"];
      let topology: Topology = {
        epoch: 0,
        members: [member("a", { role: "primary" }), member("b"), member("c")],
      };
      let now = 0;
      for (const id of [...order, ...claimants]) {
        const generation = all[claimants.indexOf(id)];
        if (generation === undefined) continue;
        const report: RoleReport = { role: "primary", generation };
        topology = step(topology, { type: "reported", id, report }, ++now);
      }
      const best = claimants[all.indexOf(Math.max(...all))];
      expect(topology.members.filter((m) => m.role === "primary").map((m) => m.endpoint.id))
        .toEqual([best]);
      expect(topology.epoch).toBe(Math.max(...all));
    }),
  );
});

test("step() always finds the primary again: the only one that claims, twice, while the others follow", () => {
  fc.assert(
    fc.property(anyHistory, anyId, (history, id) => {
      let topology: Topology = { epoch: 0, members: ids.map((each) => member(each)) };
      let now = 0;
      for (const [event] of history) {
        if (event.type === "removed" || event.type === "draining") continue;
        topology = step(topology, event, ++now);
      }
      const generation = topology.epoch + 1;
      for (const each of ids) {
        const report: RoleReport = each === id
          ? { role: "primary", generation }
          : { role: "replica" };
        topology = step(topology, { type: "reported", id: each, report }, ++now);
      }
      for (const m of topology.members) {
        expect(m.role).toBe(m.endpoint.id === id ? "primary" : "replica");
      }
    }),
  );
});

import { describe, expect, test } from "vitest";
import type { BelievedRole } from "../../src/model/event.ts";
import type { Member, Topology } from "../../src/model/topology.ts";
import { step, type TopologyEvent } from "../../src/route/topology.ts";
import { member } from "../model/member.ts";

function topology(...members: Member[]): Topology {
  return { epoch: 0, members };
}

/** The steps at 1, 2, 3 … */
function after(start: Topology, ...events: TopologyEvent[]): Topology {
  return events.reduce((now, event, i) => step(now, event, i + 1), start);
}

function roles(of: Topology): Record<string, BelievedRole> {
  return Object.fromEntries(of.members.map((m) => [m.endpoint.id, m.role]));
}

function claims(id: string, generation?: number): TopologyEvent {
  const report = { role: "primary" as const };
  return {
    type: "reported",
    id,
    report: generation === undefined ? report : { ...report, generation },
  };
}

function follows(id: string): TopologyEvent {
  return { type: "reported", id, report: { role: "replica" } };
}

const declared = topology(member("a", { role: "primary" }), member("b"), member("c"));

describe("step() with generations", () => {
  test("step() learns the epoch from the first primary that tells one", () => {
    const known = after(declared, claims("a", 4));
    expect(known.epoch).toBe(4);
    expect(known.members[0]).toMatchObject({ role: "primary", generation: 4, confirmedAt: 1 });
  });

  test("step() follows a promotion, and puts the old primary out", () => {
    const moved = after(declared, claims("a", 1), claims("b", 2));
    expect(roles(moved)).toEqual({ a: "outdated", b: "primary", c: "replica" });
    expect(moved.epoch).toBe(2);
  });

  test("step() gives an old primary come back nothing, until it follows", () => {
    const moved = after(declared, claims("a", 1), claims("b", 2));
    const zombie = after(moved, claims("a", 1), { type: "told", id: "a", role: "primary" });
    expect(roles(zombie)["a"]).toBe("outdated");
    expect(roles(after(zombie, follows("a")))["a"]).toBe("replica");
  });

  test("step() takes an outdated one back as the primary when its generation is the highest", () => {
    const back = after(declared, claims("a", 1), claims("b", 2), claims("a", 3));
    expect(roles(back)).toEqual({ a: "primary", b: "outdated", c: "replica" });
  });

  test("step() knows an old primary even after the new one has gone", () => {
    const gone = after(declared, claims("a", 1), claims("b", 2), { type: "removed", id: "b" });
    expect(gone.epoch).toBe(2);
    expect(roles(after(gone, claims("a", 1)))).toEqual({ a: "outdated", c: "replica" });
  });

  test("step() never swaps two claims of one generation while the first stands", () => {
    const both = after(declared, claims("b", 2), claims("c", 2), claims("c", 2), claims("c", 2));
    expect(roles(both)).toEqual({ a: "outdated", b: "primary", c: "outdated" });
    expect(roles(after(both, follows("b"), claims("c", 2)))["c"]).toBe("primary");
  });
});

describe("step() without generations", () => {
  test("step() believes the inspected rather than the declared", () => {
    expect(roles(after(declared, claims("b")))).toEqual({
      a: "outdated",
      b: "primary",
      c: "replica",
    });
  });

  test("step() keeps a primary that goes on speaking", () => {
    const quarrel = after(
      declared,
      claims("a"),
      claims("b"),
      claims("a"),
      claims("b"),
      claims("a"),
    );
    expect(roles(quarrel)).toEqual({ a: "primary", b: "outdated", c: "replica" });
  });

  test("step() lets a claim win that is repeated while the primary is silent", () => {
    const once = after(declared, claims("a"), claims("b"));
    expect(roles(once)["b"]).toBe("outdated");
    const again = step(once, claims("b"), 9);
    expect(roles(again)).toEqual({ a: "outdated", b: "primary", c: "replica" });
  });

  test("step() needs no second claim of a replica promoted after the primary's last word", () => {
    const promoted = after(declared, claims("a"), follows("b"), claims("b"));
    expect(roles(promoted)).toEqual({ a: "outdated", b: "primary", c: "replica" });
  });

  test("step() keeps the primary when both last spoke at the same instant", () => {
    const claimed = step(step(declared, claims("a"), 5), follows("b"), 5);
    expect(roles(step(claimed, claims("b"), 6))["a"]).toBe("primary");
  });

  test("step() does not trade a primary with a generation for a claim without", () => {
    const vague = after(declared, claims("a", 1), claims("b"), claims("b"));
    expect(roles(vague)).toEqual({ a: "primary", b: "outdated", c: "replica" });
  });
});

describe("step() on what a handshake tells", () => {
  test("step() believes a replica at once", () => {
    const told = after(declared, { type: "told", id: "a", role: "replica" });
    expect(roles(told)["a"]).toBe("replica");
  });

  test("step() makes nobody primary on a handshake's word", () => {
    const told: TopologyEvent = { type: "told", id: "b", role: "primary" };
    expect(step(declared, told, 1)).toBe(declared);
    const unknown = topology(member("u", { role: "unknown" }));
    expect(step(unknown, { ...told, id: "u" }, 1)).toBe(unknown);
  });

  test("step() takes it for a confirmation once, and then changes nothing", () => {
    const told: TopologyEvent = { type: "told", id: "a", role: "primary" };
    const once = step(declared, told, 1);
    expect(once.members[0]?.confirmedAt).toBe(1);
    expect(step(once, told, 2)).toBe(once);
  });
});

describe("step() on a refused write", () => {
  test("step() believes that it is no primary", () => {
    expect(roles(after(declared, { type: "refused", id: "a" }))["a"]).toBe("replica");
  });

  test("step() is set right by the next inspection if the caller's own session was read-only", () => {
    const refused = after(declared, claims("a", 1), { type: "refused", id: "a" }, claims("a", 1));
    expect(roles(refused)["a"]).toBe("primary");
  });

  test("step() leaves a replica alone, and a fenced old primary out", () => {
    const moved = after(declared, claims("a", 1), claims("b", 2));
    expect(step(moved, { type: "refused", id: "a" }, 9)).toBe(moved);
    expect(step(moved, { type: "refused", id: "c" }, 9)).toBe(moved);
  });
});

describe("step() on a command", () => {
  const switched: TopologyEvent = { type: "assigned", from: "a", to: "b" };

  test("step() switches the roles, and holds against the old primary's claims", () => {
    const now = after(declared, claims("a", 1), switched, claims("a", 1));
    expect(roles(now)).toEqual({ a: "outdated", b: "primary", c: "replica" });
  });

  test("step() goes back when the database contradicts", () => {
    const refused: TopologyEvent = { type: "refused", id: "b" };
    const now = after(declared, claims("a", 1), switched, refused, claims("a", 1));
    expect(roles(now)).toEqual({ a: "primary", b: "replica", c: "replica" });
  });

  test("step() lets a higher generation overrule the command", () => {
    const now = after(declared, claims("a", 1), switched, claims("c", 2));
    expect(roles(now)).toEqual({ a: "outdated", b: "outdated", c: "primary" });
  });

  test("step() leaves a former primary that already follows a replica", () => {
    expect(roles(after(declared, follows("a"), switched))["a"]).toBe("replica");
  });

  test("step() refuses to make a read-only or leaving endpoint the primary", () => {
    const start = topology(
      member("a", { role: "primary" }),
      member("b", { access: "readOnly" }),
      member("c", { draining: true }),
    );
    expect(step(start, switched, 1)).toBe(start);
    expect(step(start, { ...switched, to: "c" }, 1)).toBe(start);
    expect(step(start, { ...switched, to: "nobody" }, 1)).toBe(start);
  });

  test("step() changes nothing when the command asks for what is so", () => {
    const now = after(declared, claims("b", 2));
    expect(step(now, switched, 9)).toBe(now);
  });
});

describe("step() on endpoints that come and go", () => {
  test("step() adds one, but no second primary", () => {
    const more = after(
      declared,
      { type: "added", member: member("d", { role: "primary" }) },
      { type: "added", member: member("e") },
    );
    expect(roles(more)).toMatchObject({ a: "primary", d: "unknown", e: "replica" });
  });

  test("step() adds no id twice", () => {
    expect(step(declared, { type: "added", member: member("a") }, 1)).toBe(declared);
  });

  test("step() drains once, and then removes", () => {
    const draining = after(declared, { type: "draining", id: "a" });
    expect(draining.members[0]?.draining).toBe(true);
    expect(step(draining, { type: "draining", id: "a" }, 9)).toBe(draining);
    expect(roles(after(draining, { type: "removed", id: "a" }))).not.toHaveProperty("a");
    expect(step(draining, { type: "removed", id: "nobody" }, 9)).toBe(draining);
  });

  test("step() lets a primary that is being removed stand in nobody's way", () => {
    const leaving = after(declared, claims("a", 1), { type: "draining", id: "a" }, claims("b", 1));
    expect(roles(leaving)).toEqual({ a: "outdated", b: "primary", c: "replica" });
  });
});

describe("step() with further addresses", () => {
  const start = topology(
    member("direct", { role: "primary" }),
    member("pooler", { role: "primary", access: "writeOnly" }),
    member("b"),
  );

  test("step() lets a write-only address of the primary be primary too", () => {
    const both = after(start, claims("direct", 3), claims("pooler", 3), claims("direct", 3));
    expect(roles(both)).toMatchObject({ direct: "primary", pooler: "primary" });
  });

  test("step() takes the first generation it hears for no sign of a failover", () => {
    expect(roles(after(start, claims("direct", 3)))["pooler"]).toBe("primary");
  });

  test("step() puts both out when the primary moves", () => {
    const moved = after(start, claims("direct", 3), claims("pooler", 3), claims("b", 4));
    expect(roles(moved)).toEqual({ direct: "outdated", pooler: "outdated", b: "primary" });
  });
});

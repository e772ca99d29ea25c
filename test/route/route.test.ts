import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Access, Tags } from "../../src/model/endpoint.ts";
import type { BelievedRole } from "../../src/model/event.ts";
import { READ_PREFERENCE_MODES, type ReadPreference } from "../../src/model/read-preference.ts";
import type { Member } from "../../src/model/topology.ts";
import { type Need, route } from "../../src/route/route.ts";
import { ids, member } from "../model/member.ts";

function reads(mode: ReadPreference["mode"], tags: readonly Tags[] = []): Need {
  return { work: "read", preference: { mode, tags, latencyWindowMs: 15, maxLagMs: undefined } };
}

const WRITE: Need = { ...reads("nearest"), work: "write" };

function routed(members: readonly Member[], need: Need): string[][] {
  return route(members, need).map((tier) => ids(tier));
}

const p = member("p", { role: "primary" });
const a = member("a");
const b = member("b");
const u = member("u", { role: "unknown" });

describe("route() for writes", () => {
  test("route() sends a write to the primary only", () => {
    expect(routed([a, p, b, u], WRITE)).toEqual([["p"]]);
  });

  test("route() lets a write try the unknown only if it is all there is", () => {
    expect(routed([u], WRITE)).toEqual([["u"]]);
    // An old primary come back might be the one that accepts.
    expect(routed([a, u], WRITE)).toEqual([]);
    expect(routed([a, b], WRITE)).toEqual([]);
  });

  test("route() sends a write to a write-only endpoint, never to a read-only one", () => {
    const writeOnly = member("w", { role: "primary", access: "writeOnly" });
    const readOnly = member("r", { role: "primary", access: "readOnly" });
    expect(routed([writeOnly, readOnly], WRITE)).toEqual([["w"]]);
    expect(routed([member("r", { role: "unknown", access: "readOnly" })], WRITE)).toEqual([]);
  });

  test("route() uses a primary of weight 0 when there is no other", () => {
    const standby = member("s", { role: "primary", weight: 0 });
    expect(routed([standby], WRITE)).toEqual([["s"]]);
    expect(routed([standby, p], WRITE)).toEqual([["p"], ["s"]]);
  });
});

describe("route() for reads", () => {
  const all = [p, a, b, u];

  test("route() primary: the primary and nobody else", () => {
    expect(routed(all, reads("primary"))).toEqual([["p"]]);
    expect(routed([a, b, u], reads("primary"))).toEqual([]);
  });

  test("route() primaryPreferred: the primary, then replicas, then the unknown", () => {
    expect(routed(all, reads("primaryPreferred"))).toEqual([["p"], ["a", "b"], ["u"]]);
  });

  test("route() secondary: replicas, then the unknown, never the primary", () => {
    expect(routed(all, reads("secondary"))).toEqual([["a", "b"], ["u"]]);
    expect(routed([p], reads("secondary"))).toEqual([]);
  });

  test("route() secondaryPreferred: replicas, the unknown, then the primary", () => {
    expect(routed(all, reads("secondaryPreferred"))).toEqual([["a", "b"], ["u"], ["p"]]);
  });

  test("route() nearest: whoever it is, the unknown last", () => {
    expect(routed(all, reads("nearest"))).toEqual([["p", "a", "b"], ["u"]]);
  });

  test("route() sends no read to a write-only endpoint, not even as the primary", () => {
    const writeOnly = member("w", { role: "primary", access: "writeOnly" });
    for (const mode of READ_PREFERENCE_MODES) expect(routed([writeOnly], reads(mode))).toEqual([]);
  });

  test("route() keeps a standby behind everybody the preference allows", () => {
    const standby = member("s", { weight: 0 });
    expect(routed([standby, a, p], reads("secondaryPreferred"))).toEqual([["a"], ["p"], ["s"]]);
    expect(routed([standby, p], reads("secondary"))).toEqual([["s"]]);
  });
});

describe("route() by tags", () => {
  const tokyo = member("tokyo", { tags: { region: "ap", zone: "1" } });
  const osaka = member("osaka", { tags: { region: "ap", zone: "2" } });
  const paris = member("paris", { tags: { region: "eu" } });
  const all = [p, tokyo, osaka, paris];

  test("route() prefers the first tag set, and goes on to the next for when nobody there is admitted", () => {
    const tags = [{ region: "ap", zone: "2" }, { region: "ap" }, {}];
    expect(routed(all, reads("secondary", tags))).toEqual([["osaka"], ["tokyo"], ["paris"]]);
  });

  test("route() leaves out whoever matches no set", () => {
    expect(routed(all, reads("secondary", [{ region: "eu" }]))).toEqual([["paris"]]);
    expect(routed(all, reads("secondary", [{ region: "us" }]))).toEqual([]);
  });

  test("route() does not ask tags of a primary that is read as the primary", () => {
    const tags = [{ region: "us" }];
    expect(routed(all, reads("primary", tags))).toEqual([["p"]]);
    expect(routed(all, reads("primaryPreferred", tags))).toEqual([["p"]]);
    expect(routed(all, reads("secondaryPreferred", tags))).toEqual([["p"]]);
    expect(routed(all, reads("nearest", tags))).toEqual([]);
  });
});

describe("route() by latency", () => {
  const near = member("near", { load: { latencyMs: 4 } });
  const also = member("also", { role: "primary", load: { latencyMs: 19 } });
  const far = member("far", { load: { latencyMs: 19.1 } });
  const fresh = member("fresh");

  test("route() nearest takes those within the window of the fastest, and the unmeasured", () => {
    expect(routed([far, near, also, fresh], reads("nearest"))).toEqual([
      ["near", "also", "fresh"],
      ["far"],
    ]);
  });

  test("route() nearest measures within the tag set that matched", () => {
    const tagged = member("t", { tags: { region: "eu" }, load: { latencyMs: 90 } });
    expect(routed([near, tagged], reads("nearest", [{ region: "eu" }]))).toEqual([["t"]]);
  });

  test("route() ignores latency in the other modes", () => {
    expect(routed([near, far], reads("secondary"))).toEqual([["near", "far"]]);
  });
});

describe("route() always", () => {
  const facts = fc.record({
    role: fc.constantFrom<BelievedRole>("primary", "replica", "unknown", "outdated"),
    access: fc.constantFrom<Access>("readWrite", "readOnly", "writeOnly"),
    weight: fc.constantFrom(0, 1, 5),
    draining: fc.boolean(),
    tags: fc.constantFrom<Tags>({}, { region: "ap" }, { region: "eu", zone: "1" }),
    load: fc.record({ latencyMs: fc.constantFrom(0, 1, 10, 30, 500) }),
  });
  const members = fc.array(facts, { maxLength: 8 }).map((all) =>
    all.map((one, i) => member(`e${i}`, one))
  );
  const needs = fc.record({
    work: fc.constantFrom<Need["work"]>("read", "write"),
    preference: fc.record({
      mode: fc.constantFrom(...READ_PREFERENCE_MODES),
      tags: fc.constantFrom<readonly Tags[]>([], [{ region: "ap" }], [{ region: "eu" }, {}]),
      latencyWindowMs: fc.constantFrom(-5, 0, 15, Infinity),
      maxLagMs: fc.constantFrom(undefined, 0, 1_000),
    }),
  });

  test("route() names nobody twice, gives no empty tier and keeps every promise of access", () => {
    fc.assert(
      fc.property(members, needs, (all, need) => {
        const tiers = route(all, need);
        const flat = tiers.flat();
        expect(new Set(flat).size).toBe(flat.length);
        for (const tier of tiers) expect(tier.length).toBeGreaterThan(0);
        for (const m of flat) {
          expect(m.draining).toBe(false);
          expect(m.role).not.toBe("outdated");
          expect(m.endpoint.access).not.toBe(need.work === "write" ? "readOnly" : "writeOnly");
          if (need.work === "write") expect(m.role).not.toBe("replica");
        }
      }),
      { numRuns: 500 },
    );
  });

  test("route() has no standby before one that is none", () => {
    fc.assert(
      fc.property(members, needs, (all, need) => {
        const weights = route(all, need).flat().map((m) => m.endpoint.weight === 0);
        expect(weights).toEqual([...weights].sort((x, y) => Number(x) - Number(y)));
      }),
    );
  });

  test("route() that prefers reaches at least whom its strict sibling reaches", () => {
    fc.assert(
      fc.property(members, needs, (all, { preference }) => {
        const reach = (mode: ReadPreference["mode"]): Member[] =>
          route(all, { work: "read", preference: { ...preference, mode } }).flat();
        expect(reach("primaryPreferred")).toEqual(expect.arrayContaining(reach("primary")));
        expect(reach("secondaryPreferred")).toEqual(expect.arrayContaining(reach("secondary")));
      }),
    );
  });
});

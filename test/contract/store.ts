/**
 * What holdfast relies on in every store that can compare and set (`src/ports.ts`), as cases that each place
 * runs in its own way: what is shared.
 */

import { readSnapshot } from "../../src/cluster/codec.ts";
import { MAX_ENDPOINTS } from "../../src/cluster/state.ts";
import type { Command, Report } from "../../src/model/belief.ts";
import { CLAIM_CASES } from "./store-claims.ts";
import { LEASE_CASES } from "./store-leases.ts";
import { check, same } from "./check.ts";
import {
  beliefOf,
  bringDown,
  down,
  pass,
  patiently,
  reporter,
  type StoreCase,
  storeErrorOf,
  terms,
  until,
  up,
} from "./store-stage.ts";

/** A snapshot is never longer: Deno KV takes no more, and each isolate of a fleet asks for one. */
const MAX_SNAPSHOT_LENGTH = 65_536;

const BELIEF_CASES: readonly StoreCase[] = [
  {
    name: "sync() tells and asks in one call, and says when to come again",
    async run({ open }) {
      const store = open();
      same(store.consistency, "strong", "its consistency");
      const snapshot = await reporter(store).tell(up("p"), up("q"));
      same(readSnapshot(snapshot), snapshot, "the snapshot, read as from the wire,");
      same(snapshot.endpoints.map((one) => one.id), ["p", "q"], "what it knows");
      same(snapshot.fleet, 1, "the fleet");
      check(snapshot.nextSyncMs >= 1, "there is a pause until the next sync");
    },
  },
  {
    name: "sync() takes no report twice, and none that comes late",
    async run(ground) {
      const store = ground.open();
      const only = reporter(store);
      const first = only.report(up("p"), up("r"));
      await store.sync(first, terms());
      const again = only.report(up("p"), down("r"));
      // Said again it would be enough: there is only this one. The same report is not said again.
      for (let i = 0; i < 7; i++) {
        for (const told of [again, first]) {
          const { endpoints, fleet } = await store.sync(told, terms());
          same(endpoints.map((one) => one.phase), ["closed", "closed"], "the phases");
          same(fleet, 1, "the fleet");
        }
        await pass(ground, 100);
      }
      same(beliefOf(await only.tell(up("p"), down("r")), "r").phase, "open", "said anew, it");
    },
  },
  {
    name: "two reporters take an endpoint out for everyone, and a third one knows at once",
    async run(ground) {
      await bringDown(ground);
      const { endpoints } = await reporter(ground.open()).tell();
      const phases = endpoints.map((one) => [one.id, one.phase]);
      same(phases, [["p", "closed"], ["q", "closed"], ["r", "open"]], "what a third one hears");
      const { because = "", openForMs = -1 } = endpoints[2] ?? {};
      check(because !== "" && openForMs >= 0, "it is told why, and since when");
    },
  },
  {
    name: "one liar takes nothing out, however often it lies",
    async run(ground) {
      const honest = reporter(ground.open());
      const liar = reporter(ground.open());
      for (let i = 0; i < 8; i++) {
        await honest.tell(up("p"), up("q"), up("r"));
        const { endpoints } = await liar.tell(down("p"), down("q"), down("r"));
        same(endpoints.filter((one) => one.phase !== "closed"), [], "what the liar took out");
        await pass(ground, 100);
      }
    },
  },
  {
    name: "command(): isolate and release, for everybody",
    async run(ground) {
      const one = reporter(ground.open());
      const other = reporter(ground.open());
      await one.tell(up("p"), up("r"));
      const isolated = await one.store.command({ type: "isolate", endpoint: "r" }, terms());
      same(beliefOf(isolated, "r").phase, "isolated", "its phase");
      for (let i = 0; i < 2; i++) {
        same(beliefOf(await other.tell(up("p"), up("r")), "r").phase, "isolated", "its phase");
      }
      const claim = await other.store.claim({ endpoint: "r", reporter: other.name }, terms());
      same(claim.granted, false, "a trial of what a person holds");
      const again = await one.store.command({ type: "isolate", endpoint: "r" }, terms());
      same(again.version, isolated.version, "the version after doing it twice");
      await one.store.command({ type: "release", endpoint: "r" }, terms());
      same(beliefOf(await other.tell(), "r").phase, "closed", "its phase once it is released");
    },
  },
  {
    name: "command(): remove, add, failover and failback, each done once",
    async run(ground) {
      const one = reporter(ground.open());
      const other = reporter(ground.open());
      await one.tell(up("p"), up("r"));
      const assigned = async (): Promise<unknown> => {
        const { agoMs: _, ...rest } = (await other.tell()).assignment ?? { agoMs: 0 };
        return rest;
      };
      const twice = async (command: Command): Promise<void> => {
        const once = await one.store.command(command, terms());
        const again = await other.store.command(command, terms());
        same(again.assignment?.number, once.assignment?.number, `${command.type} again`);
        // A coordinator that carries out a change of roles has something to tell of them itself.
        if (command.type === "failover" || command.type === "failback") return;
        same(again.version, once.version, `${command.type} again`);
      };
      await twice({ type: "remove", endpoint: "r" });
      same(beliefOf(await other.tell(), "r").removed, true, "removed");
      await twice({ type: "add", endpoint: "r" });
      same(beliefOf(await other.tell(), "r").removed, undefined, "removed");
      await twice({ type: "failover", from: "p", to: "r" });
      const switched = { number: 1, from: "p", to: "r" };
      same(await assigned(), switched, "the assignment");
      await twice({ type: "failback" });
      same(await assigned(), { number: 2, from: "r", to: "p", back: true }, "the assignment");
    },
  },
  {
    name: "the version never falls, whoever writes meanwhile",
    async run({ open }) {
      const origins = new Set<string>();
      const watch = async (index: number): Promise<void> => {
        const { store, tell } = reporter(open());
        let version = 0;
        for (let i = 0; i < 10; i++) {
          const type = i % 2 === 0 ? "isolate" : "release";
          const command = { type, endpoint: `e${index}` } as const;
          const ways = [() => tell(up("p")), () => store.command(command, terms())];
          for (const way of ways) {
            const snapshot = await patiently(way);
            check(snapshot.version >= version, `${snapshot.version} comes after ${version}`);
            ({ version } = snapshot);
            origins.add(snapshot.origin);
          }
        }
        check(version > 0, "the version has risen");
      };
      await reporter(open()).tell();
      await Promise.all([0, 1, 2].map(watch));
      same(origins.size, 1, "the number of lives");
    },
  },
  {
    name: "the snapshot stays small, whatever it is told",
    async run({ open }) {
      const store = open();
      for (let i = 0; i < 6; i++) {
        const endpoints = Array.from({ length: 100 }, (_, n) => ({
          ...(i % 2 === 0 ? up : down)(`${i}-${n}-`.padEnd(128, "é")),
          role: { role: "replica", agoMs: 1 } as const,
          lag: { lagMs: 123_456_789, agoMs: 1 },
        }));
        const snapshot = await reporter(store, `reporter-${i}`).tell(...endpoints);
        const { length } = new TextEncoder().encode(JSON.stringify(snapshot));
        check(snapshot.endpoints.length <= MAX_ENDPOINTS, "endpoints are limited");
        check(length <= MAX_SNAPSHOT_LENGTH, `a snapshot of ${length} bytes`);
      }
    },
  },
  {
    name: "what is no report is refused, or does no harm",
    async run({ open }) {
      const store = open();
      const honest = reporter(store);
      await honest.tell(up("p"), up("r"));
      for (const junk of JUNK) {
        const answer = await store.sync(junk as Report, terms()).catch((error: unknown) => {
          return storeErrorOf(Promise.reject(error));
        });
        check(!("endpoints" in answer) || readSnapshot(answer) !== undefined, "a snapshot");
      }
      const { endpoints, nextSyncMs } = await honest.tell(up("p"), up("r"));
      same(beliefOf({ endpoints } as never, "p").phase, "closed", "p");
      same(endpoints.filter((one) => one.phase !== "closed"), [], "what junk took out");
      check(nextSyncMs <= 60_000, "junk slows nobody down");
      await storeErrorOf(store.command({ type: "drop" } as never, terms()));
      await storeErrorOf(store.claim({ endpoint: "", reporter: "x" }, terms()));
    },
  },
  {
    name: "twenty that write at the same time are all heard",
    async run(ground) {
      const names = Array.from({ length: 20 }, (_, i) => `e${i}`);
      const writers = names.map((name) => reporter(ground.open(), `writer-${name}`));
      await Promise.all(writers.map(async ({ tell }, i) => {
        for (let n = 0; n < 3; n++) await tell(up("p"), up(`e${i}`));
      }));
      const { endpoints, fleet } = await reporter(ground.open()).tell();
      same(endpoints.map((one) => one.id).sort(), ["p", ...names].sort(), "who is known");
      check(fleet >= 20, `a fleet of ${fleet}`);
    },
  },
  {
    name: "a call that nobody waits for any more rejects with a StoreError",
    async run({ open }) {
      const store = open();
      const { tell, report } = reporter(store);
      await tell(up("p"));
      const gone = { ...terms(), signal: AbortSignal.abort() };
      await storeErrorOf(store.sync(report(up("p")), gone));
      await storeErrorOf(store.command({ type: "failback" }, gone));
      await storeErrorOf(store.claim({ endpoint: "p", reporter: "x" }, gone));
      same((await tell(up("p"))).endpoints.length, 1, "what it knows then");
    },
  },
  {
    name: "answers are the caller's own: changing one changes nothing for others",
    async run(ground) {
      await bringDown(ground);
      const one = reporter(ground.open());
      const snapshot = await one.tell();
      for (const endpoint of snapshot.endpoints) Object.assign(endpoint, { phase: "closed" });
      same(beliefOf(await one.tell(), "r").phase, "open", "its phase");
    },
  },
  {
    name: "without terms it goes by the defaults",
    async run(ground) {
      const store = ground.open();
      const { report } = reporter(store);
      await store.sync(report(up("p")));
      await store.command({ type: "isolate", endpoint: "p" });
      const claim = await store.claim({ endpoint: "p", reporter: "x" });
      same(claim.granted, false, "a trial of what a person holds");
      await until(ground, "the command's effect", async () => {
        const { endpoints } = await store.sync(report());
        return endpoints[0]?.phase === "isolated" ? true : undefined;
      });
    },
  },
];

const BASE = { v: 1, reporter: "junk", seq: 1, sinceMs: 0, endpoints: [] };

const JUNK: readonly unknown[] = [
  undefined,
  null,
  "a text",
  [],
  {},
  { ...BASE, v: 2 },
  { ...BASE, reporter: "" },
  { ...BASE, reporter: "x".repeat(10_000) },
  { ...BASE, reporter: { toString: "p" } },
  { ...BASE, reporter: "junk-1", seq: "1", sinceMs: -1e300 },
  { ...BASE, reporter: "junk-2", seq: 1e300, sinceMs: 1e300 },
  { ...BASE, reporter: "junk-3", endpoints: "p" },
  { ...BASE, reporter: "junk-4", endpoints: [null, 1, {}, { id: "" }, { id: "__proto__" }] },
  { ...BASE, reporter: "junk-5", endpoints: [{ id: "p", saw: "burning", agoMs: -1e300 }] },
  { ...BASE, reporter: "junk-6", endpoints: [{ id: "p", trial: { token: 1, passed: true } }] },
  { ...BASE, reporter: "junk-7", endpoints: [{ id: "p", role: { role: "king", agoMs: 0 } }] },
  { ...BASE, reporter: "junk-8", endpoints: new Array(10_000).fill({ id: "p", saw: "down" }) },
];

/** The contract. Each case wants a ground of its own. Lease cases run where there are leases. */
export function storeContract(
  { leases }: { readonly leases: boolean },
): readonly StoreCase[] {
  return [...BELIEF_CASES, ...CLAIM_CASES, ...(leases ? LEASE_CASES : [])];
}

/**
 * Who may succeed a primary that is down: the replica that has most of what it wrote, if that can be told,
 * and if nothing shows that it still writes.
 *
 * @module
 */

import type { Core, Site } from "./core.ts";
import { look } from "./probe.ts";
import { wait } from "./wait.ts";

/**
 * Between two looks at a replica. A primary that is used writes in a second; what was on the way when it
 * died has arrived long before it is known to be down.
 */
const APART_MS = 1_000;
/** Two looks, and two more for what could not tell: a passing refusal (53300) decides nothing. */
const MAX_ROUNDS = 4;
/** Looks of others that are waited for before one of our own is given up. */
const MAX_JOINED = 20;

/** What was found. */
export type Choice =
  | { readonly kind: "chosen"; readonly site: Site }
  /** Nobody lives that may be asked, or nobody needs to be. */
  | { readonly kind: "nobody" }
  /** Whoever was chosen now might be the wrong one. */
  | { readonly kind: "doubtful"; readonly about: Site; readonly because: string };

/** How far a replica has come, by a look of ours; `incapable`: its connector never tells. */
type Account = bigint | "dead" | "untold" | "incapable";

/** What the replicas told, in this round and for the first time. */
interface Hearing {
  readonly now: ReadonlyMap<Site, Account>;
  readonly first: Map<Site, { readonly position: bigint; readonly round: number }>;
  readonly round: number;
}

const NOBODY: Choice = { kind: "nobody" };

/** Asks all replicas, twice at least, until it `isWanted` no more. Never rejects. */
export async function chooseSuccessor(
  core: Core,
  from: Site,
  isWanted: () => boolean,
): Promise<Choice> {
  const first: Hearing["first"] = new Map();
  let vague: Site | undefined;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    if (round > 0 && (await wait(core, undefined, APART_MS)) === "closed") return NOBODY;
    // The old primary too: a second without a look is long.
    const [now, old] = await Promise.all([hearAll(core), round > 0 && look(core.scope, from)]);
    if ((old !== false && old.alive) || !isWanted()) return NOBODY;
    const hearing: Hearing = { now, first, round };
    const moving = findMoving(hearing);
    if (moving !== undefined) return stillWrites(from, moving);
    const living = [...now.keys()].filter((site) => {
      return now.get(site) !== "dead" && mayBecomePrimary(core, site);
    });
    if (living.length === 0) return NOBODY;
    if (round === 0) continue;
    vague = findVague(living, hearing);
    if (vague === undefined) return { kind: "chosen", site: mostAdvanced(living, hearing) };
  }
  return vague === undefined ? NOBODY : tellsNothing(vague);
}

/** All of them bear witness, also those that may not be promoted. */
async function hearAll(core: Core): Promise<ReadonlyMap<Site, Account>> {
  const replicas = [...core.sites.values()].filter(({ member }) => member.role === "replica");
  return new Map(
    await Promise.all(replicas.map(async (site) => [site, await hear(core, site)] as const)),
  );
}

/** Asks one, in a look begun for this: one under way may be quick, and leave as it is what is long past. */
async function hear(core: Core, site: Site): Promise<Account> {
  const { scope } = core;
  const { looks } = scope.quest;
  for (let joined = 0; looks.has(site); joined++) {
    if (joined === MAX_JOINED) return "untold";
    await looks.get(site);
  }
  const found = await look(scope, site, "full");
  if (!found.alive) return "dead";
  // "No, I am full" is an answer, but what is known of its position then is old.
  if (found.report === undefined) return "untold";
  return site.vitals.position ?? (found.failed === undefined ? "incapable" : "untold");
}

/**
 * Not one that a person holds: it would be a primary nothing goes to. And once a replica was asked to become
 * the primary nobody else is: it may do so at any time, whatever it answered.
 */
function mayBecomePrimary(core: Core, { id, circuit, member }: Site): boolean {
  const { role, draining, endpoint } = member;
  if (role !== "replica" || draining || circuit.phase === "isolated") return false;
  if (!endpoint.promotable || endpoint.access !== "readWrite") return false;
  return [...core.sites.values()].every(({ asked }) => asked.every((other) => other === id));
}

/** What has come further since it was first heard: somebody sends it changes. */
function findMoving({ now, first, round }: Hearing): Site | undefined {
  for (const [site, account] of now) {
    if (typeof account !== "bigint") continue;
    const before = first.get(site);
    if (before === undefined) first.set(site, { position: account, round });
    else if (account > before.position) return site;
  }
  return undefined;
}

/** One that has not told twice how far it has come, though it should or others did. */
function findVague(living: readonly Site[], { now, first, round }: Hearing): Site | undefined {
  if (living.every((site) => now.get(site) === "incapable")) return undefined;
  return living.find((site) => {
    return typeof now.get(site) !== "bigint" || (first.get(site)?.round ?? round) === round;
  });
}

function mostAdvanced(living: readonly Site[], { now }: Hearing): Site {
  const positionOf = (site: Site): bigint => {
    const account = now.get(site);
    // Where none of them tells, they are all the same to us.
    return typeof account === "bigint" ? account : -1n;
  };
  return living.reduce((best, site) => (positionOf(site) > positionOf(best) ? site : best));
}

function stillWrites(from: Site, about: Site): Choice {
  const because = `endpoint "${about.id}" still receives changes: "${from.id}" seems to be alive ` +
    "and only out of reach from here";
  return { kind: "doubtful", about, because };
}

function tellsNothing(about: Site): Choice {
  const because =
    `endpoint "${about.id}" lives, but could not tell how far it has come: nobody is chosen by guess`;
  return { kind: "doubtful", about, because };
}

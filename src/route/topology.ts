/**
 * What is believed of every endpoint's role, and how it changes: a pure reducer.
 *
 * Who may say what:
 *
 * - **An inspection** (`reported`) is the endpoint's full word, with its generation if the database has
 *   one. Only this makes a primary (besides a person).
 * - **A handshake** (`told`) has no generation. "I am a replica" is believed at once: that can only take
 *   writes away. "I am the primary" changes no role, an old primary come back says so too: inspect it.
 * - **A refused write** (`refused`) shows that the endpoint is no primary just now. A read-only session of
 *   the caller's own looks the same; then the next inspection sets it right.
 * - **Others** (`hinted`) say what nobody here has heard from the endpoint itself: it is tried first as that.
 * - **A person** (`assigned`) makes a primary until the database contradicts: by refusing a write, by
 *   calling itself a replica, or by a higher generation elsewhere.
 *
 * Who is the primary, when an inspected endpoint claims to be:
 *
 * 1. Generation lower than the epoch: an old primary come back. It is `outdated` and gets nothing, not
 *    even reads, until it calls itself a replica or has a higher generation.
 * 2. Higher than the epoch: it is the primary, the one before is `outdated`, the epoch rises.
 * 3. Equal to the epoch, or without one, and nobody else is believed primary: it is the primary.
 * 4. The same, but somebody else is. The other one stays and the newcomer is `outdated`, unless the
 *    other was only declared so far, or is being removed. If neither ever had a generation, nobody can
 *    tell the old one from the new; then the newcomer also wins once the other has been silent since
 *    the newcomer's last word. (It takes two claims; otherwise one lost probe would swap them, or a
 *    dead one would block its successor for ever.)
 *
 * `writeOnly` and `readOnly` endpoints are further addresses, not rivals: rule 4 leaves them alone.
 *
 * @module
 */

import type { Role } from "../model/endpoint.ts";
import type { Member, Topology } from "../model/topology.ts";
import type { RoleReport } from "../ports.ts";

/** What can be learned about, or done to, the set of endpoints. */
export type TopologyEvent =
  /** An endpoint was inspected. */
  | { readonly type: "reported"; readonly id: string; readonly report: RoleReport }
  /** A handshake or status message told a role. */
  | { readonly type: "told"; readonly id: string; readonly role: Role }
  /** It refused a write because it is read-only (SQLSTATE 25006, MySQL 1290). */
  | { readonly type: "refused"; readonly id: string }
  /** Others say what it is: worth as much as a declaration. */
  | { readonly type: "hinted"; readonly id: string; readonly role: Role }
  /** The roles were switched by command. */
  | { readonly type: "assigned"; readonly from: string; readonly to: string }
  | { readonly type: "added"; readonly member: Member }
  | { readonly type: "draining"; readonly id: string }
  /** It stays after all. */
  | { readonly type: "kept"; readonly id: string }
  | { readonly type: "removed"; readonly id: string };

/**
 * Folds one event into the topology. The same reference means that nothing changed; members that did
 * not change keep theirs, and so does every `load`. An id that is not there changes nothing.
 */
export function step(topology: Topology, event: TopologyEvent, now: number): Topology {
  switch (event.type) {
    case "reported":
      return report(topology, event.id, event.report, now);
    case "told":
      return revise(topology, event.id, (m) => told(m, event.role, now));
    case "refused":
      return revise(topology, event.id, (m) => refused(m, now));
    case "hinted":
      return hint(topology, event.id, event.role);
    case "assigned":
      return assign(topology, event.from, event.to, now);
    case "added":
      return add(topology, event.member);
    case "draining":
      return revise(topology, event.id, (m) => (m.draining ? m : { ...m, draining: true }));
    case "kept":
      return revise(topology, event.id, (m) => (m.draining ? { ...m, draining: false } : m));
    case "removed":
      return remove(topology, event.id);
    default:
      return event satisfies never;
  }
}

function report(topology: Topology, id: string, said: RoleReport, now: number): Topology {
  const { role, generation } = said;
  const member = find(topology, id);
  if (member === undefined) return topology;
  if (role === "replica") {
    return revise(topology, id, (m) => ({ ...m, role, confirmedAt: now }));
  }
  const claim = { generation: generation ?? member.generation, confirmedAt: now };
  const accepted: Member = { ...member, ...claim, role: "primary" };
  const outdated: Member = { ...member, ...claim, role: "outdated" };
  if (generation !== undefined && generation !== topology.epoch) {
    if (generation < topology.epoch) return revise(topology, id, () => outdated);
    // The first generation ever heard is no sign of a failover: further addresses stay what they are.
    const first = topology.epoch === 0;
    return crown(topology, accepted, generation, (m) => !first || areRivals(m, member));
  }
  const rival = topology.members.find((m) => m.role === "primary" && areRivals(m, member));
  if (rival !== undefined && stands(rival, member, generation)) {
    return revise(topology, id, () => outdated);
  }
  return crown(topology, accepted, topology.epoch, (m) => areRivals(m, member));
}

/** Whether the believed primary stays although `newcomer` claims the epoch's generation, or none. */
function stands(rival: Member, newcomer: Member, generation: number | undefined): boolean {
  if (rival.draining || rival.confirmedAt === undefined) return false;
  if (generation !== undefined || rival.generation !== undefined) return true;
  return newcomer.confirmedAt === undefined || newcomer.confirmedAt <= rival.confirmedAt;
}

/** Makes a member the primary; every other primary that `loses` becomes outdated. */
function crown(
  topology: Topology,
  primary: Member,
  epoch: number,
  loses: (other: Member) => boolean,
): Topology {
  const { id } = primary.endpoint;
  const members = topology.members.map((m): Member => {
    if (m.endpoint.id === id) return isSame(m, primary) ? m : primary;
    return m.role === "primary" && loses(m) ? { ...m, role: "outdated" } : m;
  });
  if (epoch === topology.epoch && members.every((m, i) => m === topology.members[i])) {
    return topology;
  }
  return { epoch, members };
}

function assign(topology: Topology, from: string, to: string, now: number): Topology {
  const target = find(topology, to);
  if (target === undefined || target.draining || target.endpoint.access === "readOnly") {
    return topology;
  }
  const known = target.role === "primary" && target.confirmedAt !== undefined;
  const primary: Member = known ? target : { ...target, role: "primary", confirmedAt: now };
  return crown(topology, primary, topology.epoch, (m) => {
    return m.endpoint.id === from || areRivals(m, target);
  });
}

/**
 * Takes nobody's own word away, and no generation from others: one that is wrong would make the true primary an
 * outdated one, for all and for good. The first word of its own corrects it.
 */
function hint(topology: Topology, id: string, role: Role): Topology {
  const member = find(topology, id);
  if (member === undefined || member.confirmedAt !== undefined) return topology;
  if (role === "replica") return revise(topology, id, (m) => ({ ...m, role }));
  const rivals = topology.members.filter((m) => m.role === "primary" && areRivals(m, member));
  if (rivals.some((rival) => rival.confirmedAt !== undefined)) return topology;
  const members = topology.members.map((m): Member => {
    if (m === member) return m.role === role ? m : { ...m, role };
    return rivals.includes(m) ? { ...m, role: "unknown" } : m;
  });
  return members.every((m, i) => m === topology.members[i]) ? topology : { ...topology, members };
}

function told(member: Member, role: Role, now: number): Member {
  // A claim to be the primary has no generation here: it only confirms what is believed anyway.
  if (role === "primary" && member.role !== "primary") return member;
  if (role === member.role && member.confirmedAt !== undefined) return member;
  return { ...member, role, confirmedAt: now };
}

function refused(member: Member, now: number): Member {
  // An outdated one that is fenced by a read-only setting still holds old rows: it is no replica.
  if (member.role === "replica" || member.role === "outdated") return member;
  return { ...member, role: "replica", confirmedAt: now };
}

function add(topology: Topology, member: Member): Topology {
  if (find(topology, member.endpoint.id) !== undefined) return topology;
  const taken = member.role === "primary" &&
    topology.members.some((m) => m.role === "primary" && areRivals(m, member));
  const added: Member = taken ? { ...member, role: "unknown" } : member;
  return { ...topology, members: [...topology.members, added] };
}

function remove(topology: Topology, id: string): Topology {
  if (find(topology, id) === undefined) return topology;
  return { ...topology, members: topology.members.filter((m) => m.endpoint.id !== id) };
}

/** Two endpoints that cannot both be the primary. */
function areRivals(one: Member, other: Member): boolean {
  return one.endpoint.id !== other.endpoint.id &&
    one.endpoint.access === "readWrite" && other.endpoint.access === "readWrite";
}

function find(topology: Topology, id: string): Member | undefined {
  return topology.members.find((m) => m.endpoint.id === id);
}

function revise(topology: Topology, id: string, change: (member: Member) => Member): Topology {
  let changed = false;
  const members = topology.members.map((m) => {
    if (m.endpoint.id !== id) return m;
    const next = change(m);
    if (isSame(m, next)) return m;
    changed = true;
    return next;
  });
  return changed ? { ...topology, members } : topology;
}

function isSame(one: Member, other: Member): boolean {
  return one.role === other.role && one.generation === other.generation &&
    one.confirmedAt === other.confirmedAt && one.draining === other.draining;
}

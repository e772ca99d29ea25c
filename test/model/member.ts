/** Members and chance for tests. */

import type { Access, Tags } from "../../src/model/endpoint.ts";
import type { BelievedRole } from "../../src/model/event.ts";
import { freshLoad, type Load, type Member } from "../../src/model/topology.ts";
import type { Random } from "../../src/ports.ts";

export interface MemberFacts {
  readonly role?: BelievedRole;
  readonly access?: Access;
  readonly weight?: number;
  readonly tags?: Tags;
  readonly generation?: number;
  readonly confirmedAt?: number;
  readonly draining?: boolean;
  readonly load?: Partial<Load>;
}

/** A member; without facts a replica of weight 1 that nothing is known of. */
export function member(id: string, facts: MemberFacts = {}): Member {
  const { role = "replica" } = facts;
  return {
    endpoint: {
      id,
      role: role === "primary" || role === "replica" ? role : undefined,
      access: facts.access ?? "readWrite",
      weight: facts.weight ?? 1,
      tags: facts.tags ?? {},
      promotable: true,
    },
    role,
    generation: facts.generation,
    confirmedAt: facts.confirmedAt,
    draining: facts.draining ?? false,
    load: { ...freshLoad(), ...facts.load },
  };
}

/** Lehmer's generator with Park and Miller's later multiplier: the same seed, the same draws. */
export function seeded(seed: number): Random {
  let state = (Math.abs(Math.trunc(seed)) % 2_147_483_646) + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return (state - 1) / 2_147_483_646;
  };
}

export function ids(members: readonly Member[]): string[] {
  return members.map((m) => m.endpoint.id);
}

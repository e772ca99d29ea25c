/**
 * One address that answers: what the caller declared of it. What holdfast *believes* of it (its
 * role just now, its circuit) lives in the topology and never here.
 *
 * @module
 */

/** What an endpoint is in its replication group. Inside holdfast there are only these two words. */
export type Role = "primary" | "replica";

/**
 * What an endpoint may be asked for, whatever its role.
 *
 * - `readWrite`: everything its role allows
 * - `readOnly`: never a write, and never promoted by a failover
 * - `writeOnly`: never a plain read; reads inside a transaction still run where the transaction runs
 */
export type Access = "readWrite" | "readOnly" | "writeOnly";

/** Free-form facts about a place, matched by a read's `tags`; `region` and `zone` are usual keys. */
export type Tags = Readonly<Record<string, string>>;

/** A declared endpoint, after its options were checked and its role word was normalised. */
export interface Endpoint {
  readonly id: string;
  /** The declared role, or `undefined` where holdfast is to find it out. */
  readonly role: Role | undefined;
  readonly access: Access;
  /** Share of the load among its peers; 0 means standby only: used when nothing else is left. */
  readonly weight: number;
  readonly tags: Tags;
  /** Whether `failover` may promote this endpoint's database; otherwise only roles are switched. */
  readonly promotable: boolean;
}

const PRIMARY_WORDS: ReadonlySet<string> = new Set(["primary", "master", "writer"]);
const REPLICA_WORDS: ReadonlySet<string> = new Set([
  "replica",
  "slave",
  "secondary",
  "standby",
  "reader",
  "readReplica",
]);

/** The words accepted for a role in options. They are normalised at once. */
export type RoleWord =
  | Role
  | "master"
  | "writer"
  | "slave"
  | "secondary"
  | "standby"
  | "reader"
  | "readReplica"
  | "readOnly"
  | "writeOnly";

/** Every accepted role word, for messages. */
export const ROLE_WORDS: readonly RoleWord[] = [
  "primary",
  "replica",
  "readOnly",
  "writeOnly",
  "master",
  "writer",
  "slave",
  "secondary",
  "standby",
  "reader",
  "readReplica",
];

/** Normalises an accepted role word; `undefined` when the word is not one. */
export function parseRole(word: string): { role: Role; access: Access } | undefined {
  if (PRIMARY_WORDS.has(word)) return { role: "primary", access: "readWrite" };
  if (REPLICA_WORDS.has(word)) return { role: "replica", access: "readWrite" };
  if (word === "readOnly") return { role: "replica", access: "readOnly" };
  if (word === "writeOnly") return { role: "primary", access: "writeOnly" };
  return undefined;
}

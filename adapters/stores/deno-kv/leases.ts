/**
 * Leases in Deno KV: who holds one, until when, and a fencing token that outlives them all.
 *
 * @module
 */

import { StoreError } from "../../../src/errors.ts";
import type { LeaseAnswer, LeaseRequest } from "../../../src/ports.ts";
import { MAX_LEASE_MS, readHolder, readLease } from "../cell/lease-request.ts";
import type { DenoKv, DenoKvCheck, DenoKvKey } from "./kv.ts";
import type { Opening } from "./opening.ts";

/** Somebody else was faster so many times: then the lease is theirs, or the database is in a bad way. */
const MAX_TRIES = 5;
/** Clocks differ by seconds. By more than this, ours, one is wrong, and does not keep the others out for so long. */
const MAX_SKEW_MS = 60_000;

interface Held {
  readonly holder: string;
  readonly token: number;
  /** By `Date.now()`. Deno deletes what has expired only some time later, so that it cannot be left to it. */
  readonly until: number;
  /** What it was taken for; an older version wrote none. */
  readonly ttlMs?: number;
}

/** All leases under one prefix. */
export class Leases {
  readonly #opening: Opening;
  readonly #prefix: DenoKvKey;

  constructor(opening: Opening, prefix: DenoKvKey) {
    this.#opening = opening;
    this.#prefix = prefix;
  }

  async lease(asked: LeaseRequest): Promise<LeaseAnswer> {
    const request = readLease(asked);
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const answer = await this.#opening.use("to lease", (kv) => this.#tryLease(kv, request));
      if (answer !== undefined) return answer;
    }
    throw outrun(request.name);
  }

  async unlease(asked: Pick<LeaseRequest, "name" | "holder">): Promise<void> {
    const { name, holder } = readHolder(asked);
    const key = this.#leaseKey(name);
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const isDone = await this.#opening.use("to give a lease back", async (kv) => {
        const [check, value] = await read(kv, key);
        if (heldBy(value)?.holder !== holder) return true;
        return (await kv.atomic().check(check).delete(key).commit()).ok;
      });
      if (isDone) return;
    }
    throw outrun(name);
  }

  /** `undefined`: somebody else wrote meanwhile. */
  async #tryLease(
    kv: DenoKv,
    { name, holder, ttlMs }: LeaseRequest,
  ): Promise<LeaseAnswer | undefined> {
    const tokenKey = [...this.#prefix, "token", name];
    const [[check, value], [tokenCheck, last]] = await Promise.all([
      read(kv, this.#leaseKey(name)),
      read(kv, tokenKey),
    ]);
    const now = Date.now();
    const held = heldBy(value, now);
    if (held !== undefined && held.holder !== holder) {
      return { held: false, retryAfterMs: held.until - now };
    }
    // Who lost it, and be it for a moment, gets a new token: in that moment another may have had it.
    const token = held?.token ?? (typeof last === "number" ? last : 0) + 1;
    const mine: Held = { holder, token, until: now + ttlMs, ttlMs };
    const write = kv.atomic().check(check, tokenCheck)
      .set(check.key, mine, { expireIn: ttlMs });
    if (token !== last) write.set(tokenKey, token);
    const done = await write.commit();
    if (!done.ok) return undefined;
    return { held: true, token, forMs: Math.max(0, mine.until - Date.now()) };
  }

  #leaseKey(name: string): DenoKvKey {
    return [...this.#prefix, "lease", name];
  }
}

async function read(kv: DenoKv, key: DenoKvKey): Promise<[check: DenoKvCheck, value: unknown]> {
  const { value, versionstamp } = await kv.get(key, { consistency: "strong" });
  return [{ key, versionstamp }, value];
}

/** Who holds it; what is over, was taken by a wrong clock, or was not written by us, nobody does. */
function heldBy(value: unknown, now?: number): Held | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { holder, token, until, ttlMs = MAX_LEASE_MS } = value as Partial<
    Record<keyof Held, unknown>
  >;
  if (
    typeof holder !== "string" || typeof token !== "number" || typeof until !== "number" ||
    typeof ttlMs !== "number"
  ) return undefined;
  const isOver = now !== undefined && (until <= now || until > now + ttlMs + MAX_SKEW_MS);
  return isOver ? undefined : { holder, token, until, ttlMs };
}

function outrun(name: string): StoreError {
  return new StoreError(
    `Others wrote to the lease "${name}" in the deno-kv store first, ${MAX_TRIES} times in a row.`,
    { overloaded: true },
  );
}

/** A Durable Object's surroundings in Node: real SQLite, and an alarm on vitest's timers. */

import { DatabaseSync } from "node:sqlite";
import type { ObjectState } from "../../../adapters/cloudflare/mod.ts";

/** What survives an eviction. */
export class FakeStorage {
  readonly #db = new DatabaseSync(":memory:");
  alarmAt: number | undefined;
  /** How often an alarm was set: each is a row written. */
  sets = 0;
  ring: (at: number) => Promise<void> = () => Promise.resolve();
  readonly #rung: Promise<void>[] = [];

  readonly sql = {
    exec: (query: string, ...bindings: string[]): Record<string, unknown>[] => {
      return this.#db.prepare(query).all(...bindings) as Record<string, unknown>[];
    },
  };

  /** One alarm; the last word counts. */
  setAlarm(at: number): Promise<void> {
    this.sets++;
    this.alarmAt = at;
    setTimeout(() => {
      if (this.alarmAt !== at) return;
      this.alarmAt = undefined;
      this.#rung.push(this.ring(at));
    }, at - Date.now());
    return Promise.resolve();
  }

  kept(name: string): string | undefined {
    const [row] = this.sql.exec("select value from holdfast where name = ?", name);
    return row?.["value"] as string | undefined;
  }

  keep(text: string): void {
    this.sql.exec(
      "create table if not exists holdfast (name text primary key, value text not null)",
    );
    this.sql.exec("insert or replace into holdfast values ('cluster', ?)", text);
  }
}

/** What the platform hands to an object. */
export function stateOf(storage: FakeStorage): ObjectState {
  return { storage, waitUntil: () => {} };
}

/** As `DurableObject` of `cloudflare:workers`, for what is made of it here. */
export abstract class FakeBase {
  protected readonly ctx: unknown;
  protected readonly env: unknown;
  constructor(ctx: unknown, env: unknown) {
    this.ctx = ctx;
    this.env = env;
  }
}

/**
 * Plays a scenario of endpoints, faults and calls in virtual time, and writes down what came of it:
 * after the arrow what a call came to, below it, with a dot, what holdfast told meanwhile.
 *
 * Lines are played one after the other, none before its time; a call is waited for.
 */

import type { ScriptedConnector } from "../../adapters/connectors/scripted/mod.ts";
import { isHoldfastError } from "../../src/errors.ts";
import { createHoldfastOn, type Holdfast } from "../../src/holdfast.ts";
import type { HoldfastEvent } from "../../src/model/event.ts";
import type { HoldfastOptions } from "../../src/options/types.ts";
import { server } from "../drive/stage.ts";
import { virtualRuntime } from "../virtual.ts";

const STEP = /^at (?<at>\d+) +(?<what>.*?) *(?:→.*)?$/;
/** Where the arrows stand, so that outcomes can be read as a column. */
const ARROW_COLUMN = 58;

/** One scenario's stage. */
export class Player {
  readonly #runtime = virtualRuntime(1);
  readonly #endpoints = new Map<string, ScriptedConnector>();
  #options: Partial<HoldfastOptions> = { probe: { intervalMs: 0 } };
  #db: Holdfast | undefined;
  #told: string[] = [];

  /** The whole text with what it leads to. */
  async play(text: string): Promise<string> {
    const lines: string[] = [];
    for (const line of text.split("\n")) {
      if (line.startsWith("  ·")) continue;
      await this.#passUntil(line);
      // What was told while time passed comes before the line, what the line led to after it.
      lines.push(...this.#told.splice(0));
      lines.push(await this.#playLine(line), ...this.#told.splice(0));
    }
    return lines.join("\n");
  }

  async #passUntil(line: string): Promise<void> {
    const { clock } = this.#runtime;
    const at = Number(STEP.exec(line)?.groups?.["at"] ?? 0);
    if (at > clock.now()) await clock.advance(at - clock.now());
  }

  async #playLine(line: string): Promise<string> {
    if (line.startsWith("options")) return this.#read(line);
    if (line.startsWith("endpoints")) return this.#set(line);
    const { at, what = "" } = STEP.exec(line)?.groups ?? {};
    if (at === undefined) {
      if (/^(at\b|.*→)/.test(line)) throw new Error(`Not understood: ${line}`);
      return line;
    }
    const came = await this.#happen(what);
    const head = `at ${at.padEnd(6)} ${what}`;
    return came === undefined ? head : `${head.padEnd(ARROW_COLUMN)} → ${came}`;
  }

  #read(line: string): string {
    const groups: Record<string, Record<string, unknown>> = {};
    for (const [, path = "", value = ""] of line.matchAll(/([\w.]+)=([\w.]+)/g)) {
      const said = Number.isNaN(Number(value)) ? value : Number(value);
      const [group = "", key] = path.split(".");
      if (key === undefined) this.#options = { ...this.#options, [group]: said };
      else (groups[group] ??= {})[key] = said;
    }
    for (const [group, values] of Object.entries(groups)) {
      this.#options = {
        ...this.#options,
        [group]: { ...(this.#options as Record<string, object>)[group], ...values },
      };
    }
    return line;
  }

  #set(line: string): string {
    const { clock } = this.#runtime;
    const declared = [...line.matchAll(/(\w+)=(\w+)/g)].map(([, id = "", word = ""]) => {
      const role = word === "primary" ? "primary" : "replica";
      const connector = server(clock, role);
      this.#endpoints.set(id, connector);
      return { id, role, connector } as const;
    });
    this.#db = createHoldfastOn(this.#runtime, {
      ...this.#options,
      endpoints: declared,
      observer: (event) => this.#hear(event),
    });
    return line;
  }

  async #happen(what: string): Promise<string | undefined> {
    const [subject = "", ...rest] = what.split(" ");
    const db = this.#db;
    if (db === undefined) throw new Error("A scenario names its endpoints first");
    switch (subject) {
      case "query":
        return await this.#outcome(db.query(rest.join(" ")));
      case "execute":
        return await this.#outcome(db.execute(rest.join(" ")));
      case "idempotent":
        return await this.#outcome(db.query(rest.join(" "), [], { idempotent: true }));
      case "transaction":
        return await this.#outcome(db.transaction((tx) => tx.query(rest.join(" "))));
      case "failover": {
        const [from = "", to = ""] = rest;
        return await this.#outcome(db.failover(from, to));
      }
      case "discover":
        await this.#runtime.clock.runUntil(db.discover());
        return undefined;
      case "look":
        return db.stats().endpoints.map((e) => `${e.id} ${e.role} ${e.circuit}`).join(", ");
      default:
        this.#befall(subject, rest.join(" "));
        return undefined;
    }
  }

  async #outcome(promise: Promise<unknown>): Promise<string> {
    const { clock } = this.#runtime;
    const before = clock.now();
    const said = promise.then(describeValue, (error: unknown) => {
      if (!isHoldfastError(error)) throw error;
      const tries = error.attempts === 1 ? "1 attempt" : `${error.attempts} attempts`;
      return `${error.name}, executed ${error.executed}, ${tries}`;
    });
    const outcome = await clock.runUntil(said);
    return `${outcome}, ${Math.round(clock.now() - before)} ms`;
  }

  #befall(id: string, fate: string): void {
    const endpoint = this.#endpoints.get(id);
    if (endpoint === undefined) throw new Error(`There is no endpoint ${id}`);
    switch (fate) {
      case "dies":
        return endpoint.die();
      case "freezes":
        endpoint.condition = "silent";
        return;
      case "returns":
      case "thaws":
        return endpoint.revive();
      case "returns as replica":
        endpoint.role = "replica";
        return endpoint.revive();
      case "loses the line under the next statement": {
        const usual = endpoint.answer;
        endpoint.answer = () => {
          endpoint.answer = usual;
          endpoint.cut();
          return "silence";
        };
        return;
      }
      case "is made read-only":
        endpoint.role = "replica";
        return;
      case "is promoted by somebody":
        endpoint.role = "primary";
        endpoint.generation = 1 +
          Math.max(...[...this.#endpoints.values()].map((e) => e.generation ?? 0));
        return;
      default:
        throw new Error(`Not understood: ${id} ${fate}`);
    }
  }

  #hear(event: HoldfastEvent): void {
    switch (event.type) {
      case "circuit":
        return this.#tell(event, `circuit of ${event.endpoint}: ${event.to}, ${event.because}`);
      case "role":
        return this.#tell(event, `${event.endpoint} is ${event.to}, was ${event.from}`);
      case "retry":
        return this.#tell(event, `${event.endpoint}: ${event.kind}, attempt ${event.attempt + 1}`);
      case "failover":
        return this.#tell(event, `failover from ${event.from} to ${event.to} ${event.phase}`);
      case "health":
        return this.#tell(event, `${event.endpoint} is ${event.to}: ${event.because}`);
      case "pool":
        return this.#tell(
          event,
          `${event.endpoint}: limit ${event.from} → ${event.to}, ${event.because}`,
        );
      case "ejection":
        return this.#tell(event, `${event.endpoint} ${event.change}: ${event.because}`);
      case "panic":
        return this.#tell(
          event,
          `panic ${event.active ? "begins" : "ends"}: ${event.healthy} of ${event.total} are well`,
        );
      case "ramp":
        return this.#tell(event, `${event.endpoint}: ramp ${event.phase}, ${event.overMs} ms`);
      case "recovery":
        return this.#tell(
          event,
          event.phase === "started"
            ? `${event.endpoint}: ${event.rung} (${event.attempt}), ${event.because}`
            : `${event.endpoint} recovered after ${event.rung}`,
        );
      case "hedge":
        return this.#tell(
          event,
          event.phase === "sent"
            ? `${event.endpoint}: hedged on ${event.to} after ${event.afterMs} ms`
            : `${event.endpoint}: hedged on ${event.to}, ${event.winner} won`,
        );
      case "alert":
        return this.#tell(event, `alert ${event.rule} ${event.phase}: ${event.says}`);
      case "connection":
      case "endpoint":
      case "failed":
      case "probe":
        return;
      default:
        event satisfies never;
    }
  }

  #tell(event: HoldfastEvent, what: string): void {
    this.#told.push(`  · ${event.at.toFixed(0).padEnd(6)} ${what}`);
  }
}

function describeValue(value: unknown): string {
  if (typeof value !== "object" || value === null) return "done";
  if ("servedBy" in value) return `ok on ${String(value.servedBy)}`;
  if ("promoted" in value) return value.promoted === true ? "promoted" : "roles switched";
  return "done";
}

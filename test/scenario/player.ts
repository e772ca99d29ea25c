/**
 * Plays a scenario of endpoints, faults and calls in virtual time, and writes down what came of it:
 * after the arrow what a call came to, below it, with a dot, what holdfast told meanwhile.
 *
 * Lines are played one after the other, none before its time; a call is waited for.
 */

import type { ScriptedConnector } from "../../adapters/connectors/scripted/mod.ts";
import { isHoldfastError } from "../../src/errors.ts";
import { createHoldfastOn, type Holdfast } from "../../src/holdfast.ts";
import type { EndpointStats } from "../../src/drive/statistics.ts";
import type { HoldfastEvent } from "../../src/model/event.ts";
import type { HoldfastOptions } from "../../src/options/types.ts";
import { server } from "../drive/stage.ts";
import { virtualRuntime } from "../virtual.ts";
import { inWords } from "./events.ts";
import { befall } from "./fates.ts";
import { Load } from "./load.ts";

const STEP = /^at (?<at>\d+) +(?<what>.*?) *(?:→.*)?$/;
/** Where the arrows stand, so that outcomes can be read as a column. */
const ARROW_COLUMN = 58;

/** One scenario's stage. */
export class Player {
  readonly #runtime = virtualRuntime(1);
  readonly #endpoints = new Map<string, ScriptedConnector>();
  #options: Partial<HoldfastOptions> = { probe: { intervalMs: 0 } };
  #db: Holdfast | undefined;
  #load: Load | undefined;
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
      case "scores":
        return db.stats().endpoints.map(describeScore).join(", ");
      case "isolate":
        db.isolate(rest[0] ?? "");
        return undefined;
      case "release":
        db.release(rest[0] ?? "");
        return undefined;
      case "load": {
        // "load 10 callers every 20 ms"
        const [callers = 0, everyMs = 0] = rest.map(Number).filter((n) => !Number.isNaN(n));
        this.#load?.stop();
        this.#load = new Load(db, this.#runtime.clock, callers, everyMs);
        return undefined;
      }
      case "tally":
        return this.#load?.tally();
      case "rest":
        this.#load?.stop();
        return this.#load?.tally();
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
    if (fate === "is promoted by somebody") {
      endpoint.role = "primary";
      endpoint.generation = 1 +
        Math.max(...[...this.#endpoints.values()].map((e) => e.generation ?? 0));
    } else if (!befall(endpoint, fate)) throw new Error(`Not understood: ${id} ${fate}`);
  }

  /** Under a load there are too many retries to tell of; the tally counts what callers met. */
  #hear(event: HoldfastEvent): void {
    if (this.#load !== undefined && event.type === "retry") return;
    const what = inWords(event);
    if (what !== undefined) this.#told.push(`  · ${event.at.toFixed(0).padEnd(6)} ${what}`);
  }
}

function describeScore({ id, score, because }: EndpointStats): string {
  return because.length === 0 ? `${id} ${score}` : `${id} ${score} (${because.join("; ")})`;
}

function describeValue(value: unknown): string {
  if (typeof value !== "object" || value === null) return "done";
  if ("servedBy" in value) return `ok on ${String(value.servedBy)}`;
  if ("promoted" in value) return value.promoted === true ? "promoted" : "roles switched";
  return "done";
}

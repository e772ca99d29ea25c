/**
 * Plays `incident.txt` and writes down what the store makes of it. After a change that is meant, run
 * `vitest run test/cluster-machine/incident -u` and read the difference.
 */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { due } from "../../src/cluster/due.ts";
import type { EndpointBelief } from "../../src/model/belief.ts";
import { Stage, type Word } from "./stage.ts";

const TRANSCRIPT = fileURLToPath(new URL("incident.txt", import.meta.url));
const LINE = /^at (?<at>\d+) +(?<who>\S+) +(?<does>[^→]*?) *→/;

class Player {
  readonly #stage: Stage = new Stage();

  /** The line with what it leads to. */
  play(line: string): string {
    const found = LINE.exec(line)?.groups;
    if (found === undefined) {
      if (line.includes("→")) throw new Error(`Not understood: ${line}`);
      return line;
    }
    const { at = "", who = "", does = "" } = found;
    this.#stage.at(Number(at));
    const said = who === "time" ? this.#pass() : this.#does(who, does);
    return `${line.slice(0, line.indexOf("→"))}→ ${said}`;
  }

  #pass(): string {
    const { trials, wakeInMs } = due(
      this.#stage.tick().cluster,
      this.#stage.now,
      this.#stage.rules,
    );
    const trial = trials.length > 0 ? `; a trial of ${trials.join(", ")} is due` : "";
    const wake = wakeInMs === undefined ? "nothing is due" : `looks again in ${wakeInMs} ms`;
    return `${this.#beliefs()}${trial}; ${wake}`;
  }

  #does(who: string, does: string): string {
    if (does.startsWith("claims ")) {
      const token = this.#stage.claim(who, does.slice("claims ".length));
      return token === undefined ? "denied" : `granted, token ${token}; ${this.#beliefs()}`;
    }
    for (const name of namesOf(who)) this.#stage.report(name, wordsOf(does));
    return `${this.#beliefs()}; come again in ${this.#stage.snapshot().nextSyncMs} ms`;
  }

  #beliefs(): string {
    const { endpoints, version } = this.#stage.snapshot();
    const told = endpoints.map(describe).filter((one) => one !== undefined);
    return `${version}: ${told.length === 0 ? "all are well" : told.join(", ")}`;
  }
}

/** `a1-a3` is three. */
function namesOf(who: string): readonly string[] {
  const [, prefix = "", first, last] = /^([a-z]+)(\d+)-[a-z]+(\d+)$/.exec(who) ?? [];
  if (first === undefined || last === undefined) return [who];
  const count = Number(last) - Number(first) + 1;
  return Array.from({ length: count }, (_, i) => `${prefix}${Number(first) + i}`);
}

/** `replica down (trial 1 failed), primary up 300 ago`. */
function wordsOf(does: string): Record<string, Word> {
  return Object.fromEntries(
    does.split(", ").map((said) => {
      const found = /^(\w+)(?: (up|down))?(?: (\d+) ago)?(?: \(trial (\d+) (passed|failed)\))?$/
        .exec(said);
      if (found === null) throw new Error(`Not understood: ${said}`);
      const [, id = "", saw, agoMs = 0, token, ended] = found;
      return [id, {
        ...(saw === "up" || saw === "down" ? { saw, agoMs: Number(agoMs) } : {}),
        ...(saw === "up" ? { role: { role: id === "primary" ? id : "replica", agoMs: 0 } } : {}),
        ...(token === undefined
          ? {}
          : { trial: { token: Number(token), passed: ended === "passed" } }),
      }];
    }),
  );
}

function describe(belief: EndpointBelief): string | undefined {
  const { id, phase, openForMs, remainingMs, because, held, ramp } = belief;
  if (phase === "open") {
    return `${id} is out for ${openForMs}, a trial in ${remainingMs} (${because})`;
  }
  if (phase === "halfOpen") return `${id} is out for ${openForMs}, on trial for ${remainingMs}`;
  if (phase === "isolated") return `${id} is isolated`;
  if (held === true) return `${id} is held for ${openForMs}`;
  return ramp === undefined ? undefined : `${id} ramps, ${ramp.elapsedMs} of ${ramp.overMs}`;
}

test("step() makes of an incident what is written down in incident.txt", async () => {
  const player = new Player();
  const lines = readFileSync(TRANSCRIPT, "utf8").split("\n");
  const played = lines.map((line) => player.play(line)).join("\n");
  await expect(played).toMatchFileSnapshot(TRANSCRIPT);
});

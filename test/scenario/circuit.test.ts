/**
 * Plays `circuit.txt` and writes down what the circuit says. After a change that is meant, run
 * `vitest run test/scenario -u` and read the difference.
 */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import {
  admits,
  at,
  type Circuit,
  CIRCUIT_DEFAULTS,
  type CircuitEvent,
  type CircuitOptions,
  closedCircuit,
  cooldownMs,
  step,
} from "../../src/admit/circuit.ts";
import { clear, createWindow, record, totals } from "../../src/time/window.ts";

const SCENARIO = fileURLToPath(new URL("circuit.txt", import.meta.url));
const STEP =
  /^at (?<at>\d+) +(?<late>late )?(?<what>\w+)(?: ×(?<times>\d+))?(?: (?<random>[\d.]+))? +→/;

class Player {
  #options: CircuitOptions = CIRCUIT_DEFAULTS;
  #circuit: Circuit = closedCircuit;
  #window = createWindow(CIRCUIT_DEFAULTS.windowMs);

  /** The line with what it leads to. */
  play(line: string): string {
    if (line.startsWith("options")) {
      this.#begin(line);
      return line;
    }
    const found = STEP.exec(line)?.groups;
    if (found === undefined) {
      if (line.includes("→")) throw new Error(`Not understood: ${line}`);
      return line;
    }
    const now = Number(found["at"]);
    const random = Number(found["random"] ?? 0);
    const round = found["late"] === undefined ? this.#circuit.round : this.#circuit.round - 1;
    for (let n = 0; n < Number(found["times"] ?? 1); n++) {
      this.#happen(found["what"] ?? "", now, random, round);
    }
    return `${line.slice(0, line.indexOf("→"))}→ ${this.#describe(now)}`;
  }

  #begin(line: string): void {
    const given = [...line.matchAll(/(\w+)=([\d.]+)/g)].map((
      [, key, value],
    ) => [key, Number(value)]);
    this.#options = { ...CIRCUIT_DEFAULTS, ...Object.fromEntries(given) };
    this.#circuit = closedCircuit;
    this.#window = createWindow(this.#options.windowMs);
  }

  #happen(what: string, now: number, random: number, round: number): void {
    if (what === "look") return;
    const before = this.#circuit;
    const after = step(before, this.#event(what, now, random, round), now, this.#options);
    if (after.phase === "closed" && before.phase !== "closed") clear(this.#window);
    this.#circuit = after;
  }

  #event(what: string, now: number, random: number, round: number): CircuitEvent {
    switch (what) {
      case "success":
      case "neutral":
        if (what === "success" && this.#circuit.phase === "closed") record(this.#window, now, what);
        return { type: what, round };
      case "failure":
      case "slow":
        if (this.#circuit.phase === "closed") record(this.#window, now, what);
        return { type: what, round, random, totals: totals(this.#window, now) };
      case "trial":
      case "isolate":
      case "release":
        return { type: what };
      default:
        throw new Error(`Not understood: ${what}`);
    }
  }

  #describe(now: number): string {
    const circuit = at(this.#circuit, now);
    const door = admits(this.#circuit, now, this.#options) ? "" : ", admits nobody";
    switch (circuit.phase) {
      case "closed":
        return circuit.failures === 0 ? "closed" : `closed, ${circuit.failures} in a row`;
      case "open":
        return `open for ${cooldownMs(circuit, now)} ms: ${circuit.because}`;
      case "halfOpen": {
        const { trials, successes } = circuit;
        return `half-open, ${trials} on trial, ${successes} succeeded${door}`;
      }
      case "isolated":
        return `isolated${door}`;
      default:
        return circuit satisfies never;
    }
  }
}

test("step() lives the life written down in circuit.txt", async () => {
  const player = new Player();
  const lines = readFileSync(SCENARIO, "utf8").split("\n");
  const played = lines.map((line) => player.play(line)).join("\n");
  await expect(played).toMatchFileSnapshot(SCENARIO);
});

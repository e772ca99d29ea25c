/**
 * Plays `ladder.txt` and writes down what the ladder says. After a change that is meant, run
 * `vitest run test/health -u` and read the difference.
 */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import {
  due,
  dueInMs,
  isIsolating,
  type Ladder,
  LADDER_DEFAULTS,
  type LadderEvent,
  type LadderOptions,
  noLadder,
  step,
} from "../../src/health/ladder.ts";

const TRANSCRIPT = fileURLToPath(new URL("ladder.txt", import.meta.url));
const STEP = /^at (?<at>\d+) +(?<what>\w+)(?: (?<random>[\d.]+))? +→/;

class Player {
  #options: LadderOptions = LADDER_DEFAULTS;
  #ladder: Ladder = noLadder;

  /** The line with what it leads to. */
  play(line: string): string {
    if (line.startsWith("options")) {
      const given = [...line.matchAll(/(\w+)=([\d.]+)/g)].map((
        [, key, value],
      ) => [key, Number(value)]);
      this.#options = { ...LADDER_DEFAULTS, ...Object.fromEntries(given) };
      this.#ladder = noLadder;
      return line;
    }
    const found = STEP.exec(line)?.groups;
    if (found === undefined) {
      if (line.includes("→")) throw new Error(`Not understood: ${line}`);
      return line;
    }
    const now = Number(found["at"]);
    const what = found["what"] ?? "";
    if (what !== "look") {
      const event = happening(what, Number(found["random"] ?? 0));
      this.#ladder = step(this.#ladder, event, now, this.#options);
    }
    return `${line.slice(0, line.indexOf("→"))}→ ${describe(this.#ladder, now)}`;
  }
}

function happening(what: string, random: number): LadderEvent {
  switch (what) {
    case "down":
    case "recovered":
      return { type: what };
    case "taken":
      return { type: what, random };
    default:
      throw new Error(`Not understood: ${what}`);
  }
}

function describe(ladder: Ladder, now: number): string {
  if (isIsolating(ladder)) return `isolating, nothing is due`;
  if (ladder.phase !== "climbing") return "nothing is due";
  const todo = due(ladder, now);
  return todo === undefined
    ? `${ladder.rung} ${ladder.attempt} in ${dueInMs(ladder, now)} ms`
    : `${todo.rung} ${todo.attempt} is due`;
}

test("step() climbs as written down in ladder.txt", async () => {
  const player = new Player();
  const lines = readFileSync(TRANSCRIPT, "utf8").split("\n");
  const played = lines.map((line) => player.play(line)).join("\n");
  await expect(played).toMatchFileSnapshot(TRANSCRIPT);
});

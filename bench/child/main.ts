/**
 * The child process: takes one job, does it, tells, and is killed.
 *
 * @module
 */

import process from "node:process";
import { awayTurn } from "../away/turn.ts";
import { poolTurn } from "../pool/turn.ts";
import { slowTurn } from "../slow/turn.ts";
import type { FromChild, Job, ToChild } from "./job.ts";

let goOn: (at: number) => void = () => {};

function say(message: FromChild): void {
  process.send?.(message);
}

function reached(point: string): Promise<number> {
  return new Promise((resolve) => {
    goOn = resolve;
    say({ kind: "reached", point });
  });
}

function turn(job: Job): Promise<unknown> {
  switch (job.part) {
    case "slow":
      return slowTurn(job, reached);
    case "pool":
      return poolTurn(job, reached);
    case "away":
      return awayTurn(job, reached);
    default:
      return job satisfies never;
  }
}

async function take(job: Job): Promise<void> {
  try {
    say({ kind: "done", sample: await turn(job) });
  } catch (error) {
    say({ kind: "failed", error: error instanceof Error ? error.message : String(error) });
  }
}

process.on("message", (message: ToChild) => {
  switch (message.kind) {
    case "job":
      void take(message.job);
      break;
    case "goOn":
      goOn(message.at);
      break;
    default:
      message satisfies never;
  }
});
// Whoever started this is gone: nobody wants to know any more.
process.on("disconnect", () => process.exit(1));

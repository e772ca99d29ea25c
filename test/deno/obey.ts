/**
 * The other end of `child.ts`, in the Deno process: carries out what it reads from standard input, one line of
 * JSON each, as it comes, many at once.
 *
 * @module
 */

import process from "node:process";
import { createInterface } from "node:readline";
import type { Refused, Told } from "./child.ts";

/** What the process can be told to do, by name. */
export type Methods = Readonly<Record<string, (...args: never[]) => Promise<unknown>>>;

/** Carries out orders until there are no more. */
export async function obey(methods: Methods): Promise<void> {
  for await (const line of createInterface(process.stdin)) {
    const { id, method, args } = JSON.parse(line) as { id: number; method: string; args: never[] };
    void carryOut(methods, method, args).then((told) => {
      console.log(JSON.stringify({ id, ...told }));
    });
  }
}

async function carryOut(methods: Methods, method: string, args: never[]): Promise<Told> {
  try {
    return { value: await methods[method]?.(...args) };
  } catch (error) {
    const { name, code, message, overloaded } = error as Refused;
    return { error: { name, code, message, overloaded } };
  }
}

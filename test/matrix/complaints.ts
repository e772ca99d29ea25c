/**
 * What is wrong with what a cell told: nothing, or a line for each thing.
 */

import { type Cell, NO_STORE } from "./cells.ts";
import { expectedFaults } from "./expected.ts";
import { EXPECTED_PATH } from "./path.ts";
import type { Played } from "./play-cell.ts";
import { EXPECTED_SHARED } from "./shared.ts";

function compare(
  told: Readonly<Record<string, unknown>>,
  expected: Readonly<Record<string, unknown>>,
): readonly string[] {
  const names = new Set([...Object.keys(told), ...Object.keys(expected)]);
  return [...names].flatMap((name) => {
    const [is, should] = [told, expected].map((from) => JSON.stringify(from[name]) ?? "nothing");
    return is === should ? [] : [`${name}: ${is}, should be ${should}`];
  });
}

/** Of the contract's hundred, so many are possible with every connector. */
const FEWEST_CASES = 60;

/** Empty: the cell passed. */
export function complaintsAbout(
  cell: Cell,
  { path, shared, contract, faults, given }: Played,
): readonly string[] {
  return [
    ...compare(path, EXPECTED_PATH),
    ...compare(shared, cell.runtime in NO_STORE ? {} : EXPECTED_SHARED),
    ...(contract.played < FEWEST_CASES ? [`only ${contract.played} cases of the contract`] : []),
    ...Object.entries(contract.broken).map(([name, why]) => `contract, ${name}: ${why}`),
    ...compare(faults, expectedFaults(cell, given)),
  ];
}

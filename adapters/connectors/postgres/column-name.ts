/**
 * A column called `__proto__`. postgres.js assigns to a row by the column's name, which for this one would change
 * what the row is instead of giving it a column: so it is told another name, and the rows are put right afterwards.
 *
 * @module
 */

import type { Row } from "../../../src/model/result.ts";
import { put } from "../pg-server/put.ts";
import type { Target } from "./options.ts";

const PROTO = "__proto__";
/** Nobody else's: PostgreSQL allows no NUL in a name. */
const STAND_IN = "\0__proto__";

type Transform = NonNullable<Target["transform"]>;
type Change = (...given: never[]) => unknown;

/** The caller's transforms, told the column's stand-in and rows that are right. */
export function transformOf(given: Transform = {}): Transform {
  const column = fromOf(given.column);
  const row = fromOf(given.row);
  return {
    ...given,
    column: {
      ...(typeof given.column === "object" ? given.column : {}),
      from: (name: string) => {
        const changed = column === undefined ? name : column(name as never) as string;
        return changed === PROTO ? STAND_IN : changed;
      },
    },
    row: {
      ...(typeof given.row === "object" ? given.row : {}),
      from: (filled: Row) => {
        const whole = rightRow(filled);
        return row === undefined ? whole : row(whole as never);
      },
    },
  };
}

/** The column's true name. */
export function trueName(name: string): string {
  return name === STAND_IN ? PROTO : name;
}

function rightRow(row: Row): Row {
  if (!Object.hasOwn(row, STAND_IN)) return row;
  const right: Row = {};
  for (const [name, value] of Object.entries(row)) put(right, trueName(name), value);
  return right;
}

/** postgres.js takes a transform alone for the one of what comes. */
function fromOf(given: unknown): Change | undefined {
  if (typeof given === "function") return given as Change;
  const from: unknown = typeof given === "object" && given !== null && "from" in given
    ? given.from
    : undefined;
  return typeof from === "function" ? from as Change : undefined;
}

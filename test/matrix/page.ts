/**
 * `docs/matrix.md`, made of what a run gave.
 */

import { type Cell, CELLS, CONNECTOR_TITLES, NO_STORE, RUNTIME_TITLES } from "./cells.ts";
import { type Difference, differenceAt, DIFFERENCES } from "./expected.ts";
import { FAULTS } from "./faults/mod.ts";
import type { Played } from "./play-cell.ts";
import { CONNECTORS, RUNTIMES } from "./words.ts";

/** One cell of a run. `played` is absent where nothing can run. */
export interface Entry {
  readonly cell: Cell;
  readonly played?: Played;
  readonly complaints: readonly string[];
}

type Row = readonly string[];

function table(head: Row, rows: readonly Row[]): string {
  const widths = head.map((title, at) =>
    Math.max(...[title, ...rows.map((row) => row[at] ?? "")].map((text) => text.length))
  );
  const line = (row: Row): string =>
    `| ${row.map((text, at) => text.padEnd(widths[at] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

function verdict({ cell, played, complaints }: Entry): string {
  if (cell.impossible !== undefined) return "cannot be";
  if (played === undefined) return "not run";
  return complaints.length === 0 ? "passed" : "FAILED";
}

/** Connector × runtime, for a terminal and for the page. */
export function cellTable(entries: readonly Entry[]): string {
  const rows = CONNECTORS.map((connector) => [
    CONNECTOR_TITLES[connector],
    ...RUNTIMES.map((runtime) => {
      const found = entries.find(({ cell }) =>
        cell.connector === connector && cell.runtime === runtime
      );
      return found === undefined ? "not run" : verdict(found);
    }),
  ]);
  return table(["", ...RUNTIMES.map((runtime) => RUNTIME_TITLES[runtime])], rows);
}

/** What a fault came to with a connector: one answer for all runtimes that have no footnote of their own. */
function meaningOf(entries: readonly Entry[], fault: string, connector: string): string {
  const cells = entries.filter(({ cell }) => cell.connector === connector);
  const told = cells.flatMap(({ cell, played }) => {
    const said = played?.faults[fault];
    return said === undefined || differenceAt(cell, fault) !== undefined ? [] : [said];
  });
  const notes = new Set(cells.flatMap(({ cell, played }) => {
    const difference = played?.faults[fault] && differenceAt(cell, fault);
    return difference ? [`[${DIFFERENCES.indexOf(difference) + 1}]`] : [];
  }));
  const different = [...new Set(told)];
  if (different.length === 0) return "–";
  return [different.map((said) => said.replaceAll(" ", ", ")).join(" OR "), ...notes].join(" ");
}

function faultTable(entries: readonly Entry[]): string {
  return table(
    ["What goes wrong", ...CONNECTORS.map((connector) => CONNECTOR_TITLES[connector])],
    FAULTS.map(({ name }) => [
      name,
      ...CONNECTORS.map((connector) => meaningOf(entries, name, connector)),
    ]),
  );
}

function note({ meaning, runtimes, because }: Difference, index: number): string {
  const places = runtimes.map((runtime) => RUNTIME_TITLES[runtime]).join(" and ");
  return `- **[${index + 1}]** ${places}: ${meaning.replaceAll(" ", ", ")}. ${because}`;
}

function impossibilities(): string {
  const reasons = new Map<string, string[]>();
  for (const { connector, runtime, impossible } of CELLS) {
    if (impossible === undefined) continue;
    const about = `${CONNECTOR_TITLES[connector]} cannot be: ${impossible}.`;
    reasons.set(about, [...reasons.get(about) ?? [], RUNTIME_TITLES[runtime]]);
  }
  return [...reasons].map(([about, places]) => `- ${places.join(", ")}: ${about}`).join("\n");
}

/** The page, before `deno fmt`. */
export function matrixPage(entries: readonly Entry[]): string {
  return `# Every driver on every runtime

Made by \`npm run test:matrix -- --write\`; the tests hold that it is what a run gives. Each cell
installs the packed package into an empty project, offline, and goes the whole path against real
servers: statements, a write, a transaction with a savepoint, a deadline, errors, reads when their
replica dies; then the connector's whole contract (\`test/contract/connector\`, a hundred cases: values,
errors, cancelling, transactions, lost lines), and what isolates know together: by a Durable Object in workerd, Deno KV in Deno, Redis
on Node and Bun (${NO_STORE.edge}). PostgreSQL and MariaDB are real; in front of them are doubles of Neon's and
PlanetScale's protocols, not Neon and PlanetScale themselves. Workers and Durable Objects run in
workerd, Vercel's edge runtime is \`@edge-runtime/vm\`.

${cellTable(entries)}

${impossibilities()}

## The same fault everywhere

What a failure is said to be (kind, scope, whether the statement ran), the same on every runtime. A
statement that has certainly not run may be sent again; one of which that is unknown may not, if it
writes.

${faultTable(entries)}

${DIFFERENCES.map(note).join("\n")}

"–": it cannot happen there, PostgreSQL's own protocol has no HTTP front.
`;
}

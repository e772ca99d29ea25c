/** What the cases have in common: a connection that is closed in the end, and how a dialect says things. */

import type { Failure } from "../../../src/model/failure.ts";
import type { Answer } from "../../../src/model/result.ts";
import type { Connection, Connector } from "../../../src/ports.ts";
import { check } from "../check.ts";
import type { ConnectorCase, ConnectorGround } from "./case.ts";

export const LIMIT = { timeoutMs: 10_000 };

/** What a case plays with. */
export interface Stage {
  readonly connection: Connection;
  readonly ground: ConnectorGround;
  readonly words: Words;
  /** Runs a text that may be prepared. */
  readonly run: (text: string, params?: readonly unknown[]) => Promise<Answer>;
}

/** How a dialect says what the cases need. */
export interface Words {
  /** The place of parameter `n`, counted from 1. */
  readonly place: (n: number) => string;
  /** The place of parameter `n`, taken for a text. */
  readonly text: (n: number) => string;
  /** A statement with no answer for longer than any case takes. */
  readonly endless: string;
  /** A condition with no result for as long. */
  readonly sleeps: string;
  readonly code: {
    readonly syntax: string;
    readonly unknownTable: string;
    readonly duplicate: string;
    readonly notNull: string;
    readonly check: string;
    /** Half a letter in a parameter. */
    readonly half: string;
  };
}

const WORDS: Readonly<Record<Connector["dialect"], Words>> = {
  postgres: {
    place: (n) => `$${n}`,
    text: (n) => `$${n}::text`,
    endless: "select pg_sleep(600)",
    sleeps: "pg_sleep(600) is not null",
    code: {
      syntax: "42601",
      unknownTable: "42P01",
      duplicate: "23505",
      notNull: "23502",
      check: "23514",
      half: "NOT_UNICODE",
    },
  },
  mysql: {
    place: () => "?",
    text: () => "?",
    endless: "select sleep(600)",
    sleeps: "sleep(600) = 1",
    code: {
      syntax: "1064",
      unknownTable: "1146",
      duplicate: "1062",
      notNull: "1048",
      check: "4025",
      half: "PARAMETER",
    },
  },
};

/** A case with one connection. */
export function withConnection(
  name: string,
  play: (stage: Stage) => Promise<void>,
  impossible?: ConnectorCase["impossible"],
): ConnectorCase {
  const run = async (ground: ConnectorGround): Promise<void> => {
    const connection = await ground.connector.connect(LIMIT);
    try {
      await play({
        connection,
        ground,
        words: WORDS[ground.connector.dialect],
        run: (text, params = []) => connection.run(text, params, { prepare: true }),
      });
    } finally {
      await connection.close();
    }
  };
  return impossible === undefined ? { name, run } : { name, run, impossible };
}

/** A case with a connection and a table `(id int primary key, word text not null, n int check (n < 100))`. */
export function withTable(
  name: string,
  play: (stage: Stage, table: string) => Promise<void>,
  impossible?: ConnectorCase["impossible"],
): ConnectorCase {
  return withConnection(name, async (stage) => {
    const table = `contract_${crypto.randomUUID().replaceAll("-", "")}`;
    const columns = "(id int primary key, word varchar(200) not null, n int, check (n < 100))";
    await stage.run(`create table ${table} ${columns}`);
    try {
      await play(stage, table);
    } finally {
      // With its transaction still open the drop would wait for ever.
      await stage.connection.close();
      await dropped(stage.ground.connector, table);
    }
  }, impossible);
}

/** By a connection of its own: the case's is closed. */
async function dropped(connector: Connector, table: string): Promise<void> {
  const connection = await connector.connect(LIMIT);
  try {
    await connection.run(`drop table ${table}`, [], { prepare: true });
  } finally {
    await connection.close();
  }
}

/** The failure a promise rejects with; the class itself is not at hand where the built package is tried. */
export async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const thrown = await promise.then(() => undefined, (error: unknown) => error);
  check(thrown instanceof Error && thrown.name === "Failure", `a Failure: ${String(thrown)}`);
  return thrown as Failure;
}

export function onlyFor(dialect: Connector["dialect"], why: string): ConnectorCase["impossible"] {
  return (connector) => connector.dialect === dialect ? undefined : why;
}

export function needsTransactions({ transactions }: Connector): string | undefined {
  return transactions ? undefined : "it has no transactions";
}

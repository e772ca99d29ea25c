/**
 * The steady load: callers as an application has them, who only know `db`.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";
import { type Holdfast, isHoldfastError } from "../../mod.ts";
import { readDone, readFailed, type Tally, writeDone, writeFailed } from "./tally.ts";

/** How many rows the accounts table has. */
export const ACCOUNTS = 1_000;

const READER_PAUSE_MS = 5;
const WRITER_PAUSE_MS = 10;

/** The tables; run once through holdfast before the load begins. */
export const SCHEMA: readonly string[] = [
  "create table account (id int primary key, balance bigint not null default 0)",
  "create table transfer (id text primary key, account int not null, amount int not null)",
  `insert into account (id) select generate_series(1, ${ACCOUNTS})`,
];

/** What a load needs. */
export interface Load {
  readonly db: Holdfast;
  readonly tally: Tally;
  readonly readers: number;
  readonly writers: number;
  /** Milliseconds since the demo began. */
  readonly now: () => number;
  /** Ends the load; calls under way are waited for. */
  readonly signal: AbortSignal;
  /** Cancels the calls under way too: somebody pressed Ctrl-C, and a frozen server may hold them. */
  readonly cancel: AbortSignal;
}

/** Runs until the signal, and resolves when every caller has its last answer. */
export async function runLoad(load: Load): Promise<void> {
  const callers = [
    ...Array.from({ length: load.readers }, () => keepReading(load)),
    ...Array.from({ length: load.writers }, (_, writer) => keepWriting(load, writer + 1)),
  ];
  await Promise.all(callers);
}

async function keepReading({ db, tally, now, signal, cancel }: Load): Promise<void> {
  while (!signal.aborted) {
    try {
      await db.query("select balance from account where id = $1", [someAccount()], {
        signal: cancel,
      });
      readDone(tally, now());
    } catch (error) {
      readFailed(tally, describe(error, tally).code);
    }
    await sleep(READER_PAUSE_MS);
  }
}

async function keepWriting(load: Load, writer: number): Promise<void> {
  const { tally, now, signal } = load;
  for (let turn = 1; !signal.aborted; turn++) {
    // Chosen here and not by the database, so that a failed write can be looked for afterwards.
    const id = `${writer}-${turn}`;
    const startedMs = now();
    try {
      await (turn % 2 === 0 ? transfer(load, id) : deposit(load, id));
      writeDone(tally, id, startedMs, now());
    } catch (error) {
      writeFailed(tally, { id, startedMs, endedMs: now(), ...describe(error, tally) });
    }
    await sleep(WRITER_PAUSE_MS);
  }
}

/** One statement that changes both tables; it begins with `with`, and only reading it shows a write. */
async function deposit({ db, cancel }: Load, id: string): Promise<void> {
  await db.query(
    `with booked as (
       insert into transfer (id, account, amount) values ($1, $2, $3) returning account, amount
     )
     update account set balance = balance + booked.amount from booked where id = booked.account`,
    [id, someAccount(), someAmount()],
    { signal: cancel },
  );
}

/** The same in a transaction of two statements. */
async function transfer({ db, cancel }: Load, id: string): Promise<void> {
  const [account, amount] = [someAccount(), someAmount()];
  await db.transaction(async (tx) => {
    await tx.query("insert into transfer (id, account, amount) values ($1, $2, $3)", [
      id,
      account,
      amount,
    ]);
    await tx.query("update account set balance = balance + $2 where id = $1", [account, amount]);
  }, { signal: cancel });
}

function describe(
  error: unknown,
  tally: Tally,
): { code: string; executed: "no" | "unknown" | "yes" } {
  if (isHoldfastError(error)) return { code: error.code, executed: error.executed };
  tally.untyped++;
  return { code: error instanceof Error ? error.name : "unknown", executed: "unknown" };
}

function someAccount(): number {
  return 1 + Math.floor(Math.random() * ACCOUNTS);
}

function someAmount(): number {
  return 1 + Math.floor(Math.random() * 100);
}

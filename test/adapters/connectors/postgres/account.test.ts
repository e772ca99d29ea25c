/** What a server that refuses, fails or hangs up leads to: without a server. */

import { describe, expect, test } from "vitest";
import { Account } from "../../../../adapters/connectors/pg-server/account.ts";
import { Lags } from "../../../../adapters/connectors/pg-server/lag.ts";
import { Failure } from "../../../../src/model/failure.ts";
import type { Answer } from "../../../../src/model/result.ts";

function refusal(code: string, connection: "usable" | "broken" = "usable"): Failure {
  return new Failure({
    origin: "server",
    phase: "answering",
    code,
    message: "refused",
    connection,
  });
}

function one(...values: readonly unknown[]): Answer {
  const named = values.map((value, i) => [`Part${i}`, value] as const);
  return { rows: [Object.fromEntries(named)], fields: [], rowsAffected: 0 };
}

interface Server {
  readonly account: Account;
  readonly asked: string[];
  readonly destroyed: () => number;
}

/** A server that answers a text by the first of the rules whose word is in it. */
function server(
  rules: readonly (readonly [string, Answer | Failure])[],
  isInTransaction = false,
): Server {
  const asked: string[] = [];
  let destroyed = 0;
  const account = new Account({
    ask: (text) => {
      asked.push(text);
      const answer = rules.find(([word]) => text.includes(word))?.[1] ?? one();
      return answer instanceof Failure ? Promise.reject(answer) : Promise.resolve(answer);
    },
    isInTransaction: () => isInTransaction,
    destroy: () => destroyed++,
  }, new Lags());
  return { account, asked, destroyed: () => destroyed };
}

const ABLE = ["as able", one("true")] as const;

describe("rehearse()", () => {
  test("rehearse() takes a transaction id on what could write, and gives it back", async () => {
    const { account, asked } = server([ABLE]);
    expect(await account.rehearse()).toEqual({ writable: true });
    expect(asked.map((text) => /begin|able|txid|rollback/.exec(text)?.[0])).toEqual([
      "begin",
      "able",
      "txid",
      "rollback",
    ]);
  });

  test.each(["25006", "54000", "53100"])(
    "rehearse() takes %s for a refusal to write",
    async (code) => {
      const { account, asked } = server([ABLE, ["txid", refusal(code)]]);
      expect(await account.rehearse()).toEqual({ writable: false });
      expect(asked.at(-1)).toBe("rollback");
    },
  );

  test("rehearse() does without ids where they are not given, and asks for them once", async () => {
    const { account, asked } = server([ABLE, ["txid", refusal("42501")]]);
    for (let i = 0; i < 2; i++) expect(await account.rehearse()).toEqual({ writable: true });
    expect(asked.filter((text) => text.includes("txid"))).toHaveLength(1);
    expect(asked.at(-1)).toBe("rollback");
  });

  test("rehearse() rejects with what went wrong first, and has rolled back", async () => {
    const wrong = refusal("57014");
    for (const rules of [[["as able", wrong]], [ABLE, ["txid", wrong]]] as const) {
      const { account, asked, destroyed } = server(rules);
      await expect(account.rehearse()).rejects.toBe(wrong);
      expect([asked.at(-1), destroyed()]).toEqual(["rollback", 0]);
    }
  });

  test("rehearse() cuts a line whose transaction does not end", async () => {
    const [wrong, stuck] = [refusal("57014"), refusal("XX000")];
    const good = server([ABLE, ["rollback", stuck]]);
    await expect(good.account.rehearse()).rejects.toBe(stuck);
    expect(good.destroyed()).toBe(1);
    const bad = server([["as able", wrong], ["rollback", stuck]]);
    await expect(bad.account.rehearse()).rejects.toBe(wrong);
    expect(bad.destroyed()).toBe(1);
  });

  test("rehearse() leaves alone what refuses to begin, and what has begun already", async () => {
    const refuses = server([["begin", refusal("08P01")]]);
    await expect(refuses.account.rehearse()).rejects.toMatchObject({ code: "08P01" });
    expect(refuses.asked).toEqual(["begin"]);
    const busy = server([ABLE], true);
    await expect(busy.account.rehearse()).rejects.toMatchObject({
      code: "BUSY",
      phase: "connecting",
      connection: "usable",
    });
    expect(busy.asked).toEqual([]);
  });
});

describe("measure()", () => {
  const standby = JSON.stringify([1, true, 5_000, null, false, 9, 9, 4_000]);
  const all = one("[7, 97]", standby, '["18446744073709551615"]');

  test("measure() asks for everything at once, and keeps every digit of a position", async () => {
    const { account, asked } = server([["select", all]]);
    expect(await account.measure()).toEqual({
      connectionsUsed: 7,
      connectionsMax: 97,
      lagMs: 1_000,
      position: 18_446_744_073_709_551_615n,
    });
    expect(asked).toHaveLength(1);
  });

  test("measure() leaves out what is refused, and does not ask for it again", async () => {
    const { account, asked } = server([
      ["pg_stat_wal_receiver", refusal("42501")],
      ["as part1", one("[7, 97]", '["12"]')],
      ["backend_idset", one("[7, 97]")],
      ["pg_current_wal_lsn", one('["12"]')],
    ]);
    const rest = { connectionsUsed: 7, connectionsMax: 97, position: 12n };
    expect(await account.measure()).toEqual(rest);
    expect(asked).toHaveLength(4);
    expect(await account.measure()).toEqual(rest);
    expect(asked).toHaveLength(5);
  });

  test("measure() of a server that tells nothing is empty", async () => {
    const { account } = server([["select", refusal("42883")]]);
    expect(await account.measure()).toEqual({});
    expect(await account.measure()).toEqual({});
  });

  test("measure() leaves out what a transform of the caller's has spoiled", async () => {
    const { account } = server([["select", one(7, "{", '["1"]')]]);
    expect(await account.measure()).toEqual({ position: 1n });
  });

  test("measure() rejects with what is no refusal", async () => {
    for (const failure of [refusal("57014"), refusal("42501", "broken")]) {
      await expect(server([["select", failure]]).account.measure()).rejects.toBe(failure);
    }
  });
});

import { expect, test } from "vitest";
import { noOpConnector, TEXT } from "../../bench/contestants/no-op.ts";
import { watched } from "../../bench/contestants/watched.ts";
import type { Connector } from "../../mod.ts";

const HOW = { prepare: true };

test("watched() tells of one text and of nothing else, and answers as before", async () => {
  let sent = 0;
  const connector = watched(noOpConnector(), TEXT, () => sent++);
  const connection = await connector.connect({ timeoutMs: 1 });
  await connection.inspect();
  await connection.run("select 1", [], HOW);
  expect(sent).toBe(0);
  expect((await connection.run(TEXT, [1], HOW)).rows).toEqual([{ abalance: 0 }]);
  expect(sent).toBe(1);
});

test("watched() goes on watching a connector that was made anew", async () => {
  let sent = 0;
  const renewing: Connector = { ...noOpConnector(), renew: () => noOpConnector() };
  const renewed = watched(renewing, TEXT, () => sent++).renew?.();
  await (await renewed?.connect({ timeoutMs: 1 }))?.run(TEXT, [1], HOW);
  expect(sent).toBe(1);
  expect("renew" in watched(noOpConnector(), TEXT, () => {})).toBe(false);
});

/** Run in Vercel's edge runtime by `edge.test.ts`: what it tells is put where that finds it. */

import { createHoldfast } from "../../mod.ts";
import { neon, type NeonOptions } from "../../adapters/connectors/neon/mod.ts";

/** What the test puts there, and takes from there. */
interface Meeting {
  readonly options: NeonOptions;
  told?: Promise<unknown>;
}

const meeting = (globalThis as unknown as { readonly meeting: Meeting }).meeting;

async function tell(): Promise<unknown> {
  const db = createHoldfast({
    endpoints: [{ id: "main", role: "primary", connector: neon(meeting.options) }],
    alerts: false,
  });
  try {
    const { rows } = await db.query("select $1::int as i, $2::bytea as b", [
      1,
      new Uint8Array([7]),
    ]);
    const inside = await db.transaction(async (tx) => {
      return (await tx.query("select txid_current() = txid_current() as same")).rows;
    });
    const failed = await db.query("selec 1").catch((error: unknown) => (error as Error).name);
    return JSON.stringify({
      rows: rows.map((row) => ({ ...row, b: Array.from(row["b"] as Uint8Array) })),
      inside,
      failed,
    });
  } finally {
    await db.close();
  }
}

meeting.told = tell();

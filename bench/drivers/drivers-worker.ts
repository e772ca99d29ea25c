/** A Worker that connects anew for each request, `?by=` one of three drivers, and selects `?selects=` times. */

import pg from "pg";
import postgresJs from "postgres";
import { type OnCloudflare, onCloudflare } from "../../adapters/cloudflare/mod.ts";
import { postgres } from "../../adapters/connectors/postgres/mod.ts";
import { type AccountRow, anyKey, checkBalance, TEXT } from "../accounts.ts";

interface Env {
  readonly DATABASE_URL: string;
}

const holdfast: OnCloudflare<Env> = onCloudflare((env) => ({
  endpoints: [{ id: "main", role: "primary", connector: postgres(env.DATABASE_URL) }],
  alerts: false,
}));

type Select = (aid: number) => Promise<number | undefined>;
type Way = (
  env: Env,
  ctx: ExecutionContext,
  use: (select: Select) => Promise<void>,
) => Promise<void>;

const WAYS: Readonly<Record<string, Way>> = {
  holdfast: async (env, ctx, use) => {
    const db = holdfast(env).session({ ctx });
    await use(async (aid) => (await db.query<AccountRow>(TEXT, [aid])).rows[0]?.abalance);
  },
  "postgres.js": async (env, ctx, use) => {
    const sql = postgresJs(env.DATABASE_URL, { max: 1, fetch_types: false });
    await use(async (aid) => {
      const rows = await sql<AccountRow[]>`select abalance from accounts where aid = ${aid}`;
      return rows[0]?.abalance;
    });
    ctx.waitUntil(sql.end({ timeout: 1 }));
  },
  "pg named": async (env, ctx, use) => {
    const client = new pg.Client({ connectionString: env.DATABASE_URL });
    await client.connect();
    await use(async (aid) => {
      const { rows } = await client.query<AccountRow>({
        name: "by-key",
        text: TEXT,
        values: [aid],
      });
      return rows[0]?.abalance;
    });
    ctx.waitUntil(client.end());
  },
};

export default {
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    const { searchParams } = new URL(request.url);
    const way = WAYS[searchParams.get("by") ?? ""];
    if (way === undefined) return new Response("No such driver", { status: 404 });
    await way(env, ctx, async (select) => {
      for (let n = 0; n < Number(searchParams.get("selects")); n++) {
        const aid = anyKey();
        checkBalance(aid, await select(aid));
      }
    });
    return new Response("selected");
  },
};

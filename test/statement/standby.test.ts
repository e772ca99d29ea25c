import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { classify } from "../../src/statement/classify.ts";
import { type Cluster, startCluster, until } from "../cluster/mod.ts";
import { NO_READS, READS_BY_HAND } from "./corpus.ts";
import { grow, SETUP } from "./grammar.ts";

let cluster: Cluster;
let client: pg.Client;

beforeAll(async () => {
  cluster = await startCluster({ replicas: 1 });
  for (const text of SETUP) await cluster.primary.query(text);
  const [replica] = cluster.replicas;
  if (replica === undefined) throw new Error("The cluster has no replica");
  client = new pg.Client({ connectionString: replica.url() });
  await client.connect();
  await until(
    async () => {
      const { rows } = await client.query("select to_regproc('place_order') is not null as there");
      return (rows[0] as { there: boolean }).there;
    },
    { what: "the standby to have what the texts speak of" },
  );
});

afterAll(async () => {
  await client?.end();
  await cluster?.[Symbol.asyncDispose]();
});

/** Runs a text as one simple query; what it leaves on the connection is cleared away. */
async function refusal(text: string): Promise<string> {
  try {
    await client.query(text);
    return "";
  } catch (error) {
    const { code = "", message } = error as pg.DatabaseError;
    return `${code} ${message}`;
  } finally {
    for (const clear of ["rollback", "reset all", "discard all", "set statement_timeout = '1s'"]) {
      await client.query(clear);
    }
  }
}

/** "Not on a standby", in its three spellings. */
const NOT_HERE = /^25006|^55000 .*recovery|^0A000 .*(?:hot standby|during recovery)/;

const options = { writingFunctions: ["place_order"] };

test("classify() calls nothing a read that a real standby refuses", async () => {
  let refused = 0;
  for (const text of [...NO_READS, ...READS_BY_HAND, ...grow(1_500)]) {
    const why = await refusal(text);
    if (!NOT_HERE.test(why)) continue;
    refused++;
    expect({ text, why, read: classify(text, options).intent === "read" })
      .toEqual({ text, why, read: false });
  }
  expect(refused).toBeGreaterThan(250);
});

test("classify() calls the reads reads that a real standby serves", async () => {
  for (const text of READS_BY_HAND.filter((it) => !it.includes("st_distance"))) {
    expect({ text, why: await refusal(text) }).toEqual({ text, why: "" });
  }
});

interface BuiltIn {
  readonly name: string;
  readonly types: readonly string[];
}

test("classify() calls no function of the catalog a read that a real standby refuses", async () => {
  // The limit is for the texts under test; on a busy machine the catalog takes longer.
  await client.query("set statement_timeout = 0");
  const { rows } = await client.query<BuiltIn>(
    `select proname as name, array(select format_type(a, null) from unnest(proargtypes) a) as types
     from pg_proc p where pronamespace = 'pg_catalog'::regnamespace and prokind = 'f'
       and not exists (select 1 from unnest(proargtypes || prorettype) a
                       join pg_type y on y.oid = a where y.typtype = 'p' and y.typname <> 'void')
     order by p.oid`,
  );
  let called = 0;
  for (const { name, types } of rows) {
    const args = types.map((type) =>
      `(${TRIED.find((it) => it[0].test(type))?.[1] ?? "null"})::${type}`
    );
    const text = `select pg_catalog."${name}"(${args.join(", ")})`;
    // Only what is called a read is tried: the rest could promote the standby, or stop it.
    if (classify(`${text} from t`).intent !== "read") {
      continue;
    }
    called++;
    const why = await refusal(text);
    expect({ text, refused: NOT_HERE.test(why) ? why : "" }).toEqual({ text, refused: "" });
  }
  expect(called).toBeGreaterThan(1_000);
});

/** Something of each type that is more likely to get through than a null, which most functions skip. */
const TRIED: readonly (readonly [RegExp, string])[] = [
  [/^reg(?:class|type|proc)/, "'pg_class'"],
  [/^(?:smallint|integer|bigint|numeric|real|double precision|oid|xid8?)$/, "1"],
  [/^(?:text|name|character varying|character)$/, "'1'"],
  [/^boolean$/, "true"],
  [/^pg_lsn$/, "'0/1000000'"],
  [/^(?:json|jsonb)$/, "'{}'"],
  [/^timestamp/, "now()"],
  [/^interval$/, "'1 ms'"],
  [/^bytea$/, "'\\x00'"],
];

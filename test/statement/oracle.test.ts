import { beforeAll, expect, test } from "vitest";
import { classify } from "../../src/statement/classify.ts";
import { NO_READS, READS_BY_HAND } from "./corpus.ts";
import { grow } from "./grammar.ts";
import { judge, loadModule } from "./oracle.ts";

/** What the parser cannot know: functions of the corpus that do more than give a value. */
const ACTING =
  /^(?:nextval|setval|currval|lastval|place_order|set_config|setseed|query_to_xml|ts_stat|gin_.*|dblink.*|lo_.*|txid_current|pg_(?!typeof|is_in_recovery|last_wal_replay_lsn|size_pretty|total_relation_size|backend_pid).*)$/;

beforeAll(loadModule);

test("classify() calls no text a read that PostgreSQL's parser finds a write in, and every other one", () => {
  const listed = { writingFunctions: ["place_order"] };
  let parsed = 0;
  let reads = 0;
  for (const text of [...NO_READS, ...READS_BY_HAND, ...grow(4_000)]) {
    const verdict = judge(text);
    if (verdict === undefined) continue;
    parsed++;
    const { intent, statements, because } = classify(text, listed);
    expect({ text, statements }).toEqual({ text, statements: verdict.statements });
    const acting = verdict.functions.filter((name) => ACTING.test(name));
    // `U&"…"` is spelled out in the tree, and a query that reads no table may call anything unknown.
    const writes = verdict.writes.length > 0 || acting.length > 0 ||
      /which is not known/.test(because);
    expect({ text, read: intent === "read", because }).toEqual({ text, read: !writes, because });
    if (intent === "read") reads++;
  }
  expect(parsed).toBeGreaterThan(3_500);
  expect(reads).toBeGreaterThan(1_500);
  expect(parsed - reads).toBeGreaterThan(1_000);
});

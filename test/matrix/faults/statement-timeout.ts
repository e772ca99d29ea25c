import type { Fault } from "../fault.ts";
import { SLOW } from "../ground.ts";

const text = "select pg_sleep(30)";

export const statementTimeout: Fault = {
  name: "the server's statement timeout",
  strikes: "statement",
  postgres: ({ urlOf }) => ({ settings: urlOf(SLOW), text }),
  neon: ({ double }) => ({ settings: double.options(SLOW), text }),
  planetscale: () => ({
    // sleep() answers 1 when it is interrupted, and no error.
    text: "set statement max_statement_time = 0.1 for " +
      "select count(*) from seq_1_to_100000 as a, seq_1_to_100000 as b where a.seq * b.seq = 7",
  }),
};

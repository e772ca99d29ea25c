import { describe } from "vitest";
import { Failure, type Reply, rows, scripted } from "../../adapters/connectors/scripted/mod.ts";
import { contractInVitest } from "./connector/in-vitest.ts";
import { lineContract } from "./connector/mod.ts";

function answer(text: string): Reply {
  switch (text) {
    case "select 1 as one":
      return rows({ one: 1 });
    case "select pg_sleep(600)":
      return "silence";
    default:
      return new Failure({
        origin: "server",
        phase: "answering",
        code: "42601",
        message: "syntax error",
        connection: "usable",
      });
  }
}

describe("scripted()", () => {
  const refused = scripted();
  refused.condition = "refusing";
  contractInVitest(
    scripted(),
    () => Promise.resolve({ connector: scripted({ answer }), refused }),
    () => Promise.resolve(),
    {},
    lineContract(),
  );
});

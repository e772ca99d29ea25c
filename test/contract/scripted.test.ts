import {
  changed,
  Failure,
  type Reply,
  rows,
  scripted,
  type ScriptedConnection,
} from "../../adapters/connectors/scripted/mod.ts";
import { connectorContract } from "./connector.ts";

function answer(text: string): Reply {
  switch (text) {
    case "one":
      return rows({ one: 1 });
    case "change":
      return changed(2);
    case "sleep":
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

connectorContract("scripted()", () => {
  const refused = scripted();
  refused.condition = "refusing";
  return Promise.resolve({
    connector: scripted({ answer }),
    refused,
    select: "one",
    command: "change",
    faulty: "nonsense",
    endless: "sleep",
    hangUp: (connection) => (connection as ScriptedConnection).lose(),
  });
});

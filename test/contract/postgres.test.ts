import { describe } from "vitest";
import { postgres } from "../../adapters/connectors/postgres/mod.ts";
import { type Cluster, startCluster, whyNoCluster } from "../cluster/mod.ts";
import { contractInVitest } from "./connector/in-vitest.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

const NULL_FOR_UNDEFINED: Readonly<Record<string, string>> = {
  "parameter: undefined is refused unsent": "the option asks for NULL instead",
};

describe.skipIf(missing)(`a real PostgreSQL ${missing ?? ""}`, () => {
  // Every way a statement can take: the fast one, postgres.js's own, and unprepared.
  describe.each([
    ["postgres()", {}, {}],
    ["postgres() with transforms", { transform: { undefined: null } }, NULL_FOR_UNDEFINED],
    ["postgres() unprepared", { prepare: false }, {}],
  ])("%s", (name, options, ruledOut) => {
    let cluster: Cluster;
    contractInVitest(
      postgres({ url: "postgres://nobody@localhost/none" }),
      async () => {
        cluster = await startCluster({ replicas: 0 });
        const { port } = cluster.primary;
        const url = cluster.primary.url();
        return {
          connector: postgres({ url, ...options }),
          refused: postgres({ url: url.replace(String(port), "9"), ...options }),
          hangUp: async (connection) => {
            const text = "select pg_backend_pid() as pid";
            const { rows } = await connection.run<{ pid: number }>(text, [], { prepare: false });
            await cluster.primary.query("select pg_terminate_backend($1)", [rows[0]?.pid]);
          },
        };
      },
      () => cluster.stop(),
      ruledOut,
    );
  });
});

import { describe } from "vitest";
import { postgres } from "../../adapters/connectors/postgres/mod.ts";
import { type Cluster, startCluster, whyNoCluster } from "../cluster/mod.ts";
import { contractInVitest } from "../contract/connector/in-vitest.ts";
import { type Double, startDouble } from "./double.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

const nowhere = { connectionString: "postgres://u:p@127.0.0.1:9/postgres?sslmode=disable" };

describe.skipIf(missing)(`postgres({ hyperdrive }) ${missing ?? ""}`, () => {
  describe.each([["with its cache", true], ["without", false]])("%s", (_, cached) => {
    let cluster: Cluster;
    let double: Double;
    contractInVitest(postgres({ hyperdrive: nowhere }), async () => {
      cluster = await startCluster({ replicas: 0 });
      double = await startDouble(cluster.primary.port);
      double.cache.enabled = cached;
      // So that what follows in a case may meet another session.
      await double.warm(2);
      return {
        connector: postgres({ hyperdrive: double.binding(), cached }),
        refused: postgres({ hyperdrive: nowhere, cached }),
        hangUp: async (connection) => {
          const text = "select pg_backend_pid() as pid";
          const { rows } = await connection.run<{ pid: number }>(text, [], { prepare: false });
          await cluster.primary.query("select pg_terminate_backend($1)", [rows[0]?.pid]);
        },
      };
    }, async () => {
      await double?.close();
      await cluster?.stop();
    }, {
      "onLost: a line that ends unused is told":
        "the line to Hyperdrive stands when the one behind it has ended",
      "lost: before BEGIN, which opens nothing":
        "outside of a transaction no session behind Hyperdrive is this connection's",
    });
  });
});

import { describe } from "vitest";
import { WebSocket as OtherWebSocket } from "ws";
import { neon } from "../../adapters/connectors/neon/mod.ts";
import { type Cluster, startCluster, whyNoCluster } from "../cluster/mod.ts";
import { contractInVitest } from "../contract/connector/in-vitest.ts";
import { freePort } from "../cluster/place.ts";
import { type Double, startDouble } from "./double.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

describe.skipIf(missing)(`Neon's protocols over a real PostgreSQL ${missing ?? ""}`, () => {
  describe.each([
    ["neon()", {}],
    ["neon() with the WebSocket of ws", { webSocket: OtherWebSocket }],
  ])("%s", (name, options) => {
    let cluster: Cluster;
    let double: Double;
    contractInVitest(neon("postgres://nobody@nowhere.invalid/none"), async () => {
      cluster = await startCluster({ replicas: 0, auth: "scram-sha-256", password: "pw" });
      double = await startDouble(cluster.primary.port);
      return {
        connector: neon({ ...double.options(), ...options }),
        refused: neon({ ...double.options(), sqlUrl: `http://127.0.0.1:${await freePort()}/sql` }),
        hangUp: async (connection) => {
          const text = "select pg_backend_pid() as pid";
          const { rows } = await connection.run<{ pid: number }>(text, [], { prepare: true });
          await cluster.primary.query("select pg_terminate_backend($1)", [rows[0]?.pid]);
        },
      };
    }, async () => {
      await double.close();
      await cluster.stop();
    });
  });
});

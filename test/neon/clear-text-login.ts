/** Neon's proxy takes a password in clear text, in one with the greeting. Behind a double, the server has to. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Cluster, until } from "../cluster/mod.ts";

/** From then on the cluster's primary takes passwords so. */
export async function allowClearText({ primary }: Cluster): Promise<void> {
  writeFileSync(join(primary.data, "pg_hba.conf"), PG_HBA);
  await primary.query("select pg_reload_conf()");
  await until(async () => {
    const rows = await primary.query(
      "select 1 from pg_hba_file_rules where auth_method = 'password'",
    );
    return rows.length === 1;
  }, { what: "the new rules" });
}

/** Replication goes on as it was. */
const PG_HBA = `host all all 127.0.0.1/32 password
host replication all 127.0.0.1/32 scram-sha-256
`;

import { createConnection } from "mysql2/promise";
import pg from "pg";
import type { Cluster } from "../../cluster/mod.ts";
import type { Fault, Play } from "../fault.ts";

const LOCK = "select n from locked for update";
const text = `${LOCK} nowait`;

function inPostgres({ cluster }: { readonly cluster: Cluster }): Play {
  let holder: pg.Client | undefined;
  return {
    text,
    begin: async () => {
      holder = new pg.Client(cluster.primary.url());
      await holder.connect();
      await holder.query(`begin; ${LOCK}`);
    },
    end: async () => holder?.end(),
  };
}

export const rowLocked: Fault = {
  name: "a row that another holds",
  strikes: "statement",
  postgres: inPostgres,
  neon: inPostgres,
  planetscale: ({ pair }) => {
    let holder: Awaited<ReturnType<typeof createConnection>> | undefined;
    return {
      text,
      begin: async () => {
        const { port } = pair.primary;
        holder = await createConnection({ host: "127.0.0.1", port, user: "root", database: "app" });
        await holder.query("begin");
        await holder.query(LOCK);
      },
      end: async () => holder?.end(),
    };
  },
};

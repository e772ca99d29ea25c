/**
 * The same few things done twice: through our connector, and with postgres.js as people use it. A
 * hazard's scenario runs over both: it must be absent from the first and show in the second, or the
 * test could not fail.
 *
 * @module
 */

import postgresjs from "postgres";
import { postgres } from "../../../../adapters/connectors/postgres/mod.ts";
import type { Connection } from "../../../../src/ports.ts";

export type Rows = readonly Record<string, unknown>[];

/** A transaction's handle, as long as its connection lives and (naively) longer. */
export interface Handle {
  run(text: string): Promise<Rows>;
}

/** A client with a pool of one, unless more is said. */
export interface Client {
  query(text: string): Promise<Rows>;
  transaction<T>(work: (tx: Handle) => Promise<T>): Promise<T>;
  /** A connection of one's own for a while. */
  lease<T>(work: (handle: Handle) => Promise<T>): Promise<T>;
  end(): Promise<void>;
}

export type Facade = (url: string, max?: number) => Client;

/** Connections are thrown away once they are not usable; transactions are driven by hand. */
export const ours: Facade = (url, max = 1) => {
  const connector = postgres(url);
  const free: Connection[] = [];
  const waiting: (() => void)[] = [];
  const all = new Set<Connection>();
  let used = 0;

  async function take(): Promise<Connection> {
    while (used >= max) await new Promise<void>((resolve) => waiting.push(resolve));
    used++;
    for (let top = free.pop(); top !== undefined; top = free.pop()) if (top.usable) return top;
    try {
      const opened = await connector.connect({ timeoutMs: 10_000 });
      all.add(opened);
      return opened;
    } catch (error) {
      give(undefined);
      throw error;
    }
  }

  function give(connection: Connection | undefined): void {
    used--;
    if (connection?.usable === true) free.push(connection);
    waiting.shift()?.();
  }

  async function rows(connection: Connection, text: string): Promise<Rows> {
    return (await connection.run(text, [], { prepare: true })).rows;
  }

  return {
    async query(text) {
      const connection = await take();
      try {
        return await rows(connection, text);
      } finally {
        give(connection);
      }
    },
    transaction(work) {
      return this.lease(async (handle) => {
        await handle.run("begin");
        const value = await work(handle);
        await handle.run("commit");
        return value;
      });
    },
    async lease(work) {
      const connection = await take();
      try {
        return await work({ run: (text) => rows(connection, text) });
      } finally {
        give(connection);
      }
    },
    async end() {
      for (const connection of all) connection.destroy();
      await Promise.resolve();
    },
  };
};

/** postgres.js out of the box, but for the size of its pool. */
export const naive: Facade = (url, max = 1) => {
  const sql = postgresjs(url, { max, connect_timeout: 2, fetch_types: false, onnotice: () => {} });
  return {
    query: async (text) => await sql.unsafe(text, [], { prepare: true }),
    transaction: async (work) =>
      await sql.begin((tx) =>
        work({ run: async (text) => await tx.unsafe(text, [], { prepare: true }) })
      ) as never,
    async lease(work) {
      const own = await sql.reserve();
      try {
        return await work({ run: async (text) => await own.unsafe(text, [], { prepare: true }) });
      } finally {
        own.release();
      }
    },
    end: () => sql.end({ timeout: 0 }),
  };
};

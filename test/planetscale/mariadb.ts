/**
 * Real MariaDB servers for a test file: a primary and, replicating from it, a replica that is `read_only`; on
 * free ports, in a folder of their own, gone with the process.
 */

import { spawn, spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import process from "node:process";
import { type Connection, createConnection } from "mysql2/promise";
import { freePort } from "../cluster/place.ts";
import { until } from "../cluster/wait.ts";

/** Whom the tests log in as; it has no right to write on a read-only server. */
export const APP = { user: "app", password: "s3cret" } as const;
const ROOT = { user: "root", password: "" } as const;

const PROGRAMS = ["mariadbd", "mariadb-install-db"] as const;

function find(program: string): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return [...folders, "/usr/sbin", "/usr/bin", "/usr/local/sbin", "/opt/homebrew/bin"]
    .map((folder) => join(folder, program))
    .find((file) => existsSync(file));
}

/** Why no MariaDB can be started on this machine, or `undefined` when one can. For skipped tests. */
export function whyNoMariadb(): string | undefined {
  const missing = PROGRAMS.filter((program) => find(program) === undefined);
  return missing.length === 0
    ? undefined
    : `NO MARIADB HERE: ${missing.join(", ")} missing (apt-get install mariadb-server)`;
}

/** One running server. */
export interface MariadbServer {
  readonly port: number;
  /** Runs a statement as root. */
  readonly query: (text: string) => Promise<readonly Record<string, unknown>[]>;
  readonly stop: () => Promise<void>;
}

/** A primary and its replica. */
export interface MariadbPair {
  readonly primary: MariadbServer;
  readonly replica: MariadbServer;
  /** Resolves when the replica has all that the primary has written. */
  readonly waitCaughtUp: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** It refuses to run as root; the package brings a user for it. */
function asUser(command: readonly string[]): readonly string[] {
  if (process.getuid?.() !== 0) return command;
  return ["setpriv", "--reuid=mysql", "--regid=mysql", "--init-groups", ...command];
}

/** However this process ends, its end of the pipe closes: a server outlives no test that was killed. */
const UNTIL_NOBODY_LISTENS = '"$@" & server=$!; read -r _; kill -9 $server; wait';

/** One that the servers' user may write to. */
function makeFolder(path: string): void {
  mkdirSync(path);
  chmodSync(path, 0o777);
}

async function startServer(
  folder: string,
  id: number,
  more: readonly string[],
): Promise<MariadbServer> {
  const port = await freePort();
  const command = asUser([
    find("mariadbd") ?? "mariadbd",
    "--no-defaults",
    `--datadir=${folder}`,
    // A server that starts clears its folder of temporary tables, whosever they are.
    `--tmpdir=${folder}-tmp`,
    `--port=${port}`,
    `--socket=${folder}/s.sock`,
    "--bind-address=127.0.0.1",
    `--server-id=${id}`,
    "--log-bin=log",
    "--character-set-server=utf8mb4",
    "--max-connections=300",
    "--skip-name-resolve",
    // Durability is not what is tested.
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-buffer-pool-size=32M",
    "--innodb-lock-wait-timeout=5",
    ...more,
  ]);
  const child = spawn("sh", ["-c", UNTIL_NOBODY_LISTENS, "sh", ...command]);
  let said = "";
  child.stderr.on("data", (bytes: Buffer) => void (said += bytes.toString()));
  let root: Connection | undefined;
  const stop = async (): Promise<void> => {
    root?.destroy();
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.stdin.end();
    if (child.exitCode === null) await ended;
  };
  await until(async () => {
    root = await createConnection({ host: "127.0.0.1", port, ...ROOT }).catch(() => undefined);
    return root !== undefined;
  }, { what: `mariadbd on port ${port}`, timeoutMs: 60_000, detail: () => said.slice(-2_000) })
    .catch(async (error: unknown) => {
      await stop();
      throw error;
    });
  return {
    port,
    query: async (text) => {
      const [rows] = await (root as Connection).query(text);
      return Array.isArray(rows) ? rows as Record<string, unknown>[] : [];
    },
    stop,
  };
}

/** Starts both. */
export async function startMariadb(): Promise<MariadbPair> {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-mariadb-"));
  chmodSync(folder, 0o777);
  const [a, b] = [join(folder, "a"), join(folder, "b")];
  for (const path of [a, `${a}-tmp`, `${b}-tmp`]) makeFolder(path);
  const [program = "", ...settings] = asUser([
    find("mariadb-install-db") ?? "",
    "--no-defaults",
    `--datadir=${a}`,
    `--tmpdir=${a}-tmp`,
    "--auth-root-authentication-method=normal",
    "--skip-test-db",
  ]);
  const installed = spawnSync(program, settings, { encoding: "utf8" });
  if (installed.status !== 0) throw new Error(`mariadb-install-db: ${installed.stderr}`);
  // Copied as who owns it: the server's user.
  const [copy = "", ...copying] = asUser(["cp", "-a", a, b]);
  if (spawnSync(copy, copying).status !== 0) cpSync(a, b, { recursive: true });
  const primary = await startServer(a, 1, []);
  const replica = await startServer(b, 2, ["--read-only=1"]).catch(async (error: unknown) => {
    await primary.stop();
    throw error;
  });
  const stop = async (): Promise<void> => {
    await Promise.all([primary.stop(), replica.stop()]);
    rmSync(folder, { recursive: true, force: true });
  };
  const waitCaughtUp = async (): Promise<void> => {
    const [row] = await primary.query("select @@gtid_current_pos as at");
    await replica.query(`select master_gtid_wait('${String(row?.["at"])}', 30)`);
  };
  try {
    for (
      const text of [
        "create database app character set utf8mb4",
        `create user '${APP.user}'@'%' identified by '${APP.password}'`,
        `grant all on app.* to '${APP.user}'@'%'`,
        "create user 'copier'@'%' identified by 'copier'",
        "grant replication slave on *.* to 'copier'@'%'",
      ]
    ) await primary.query(text);
    await replica.query(
      `change master to master_host='127.0.0.1', master_port=${primary.port}, master_user='copier',
        master_password='copier', master_use_gtid=slave_pos`,
    );
    await replica.query("start slave");
    await waitCaughtUp();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    primary,
    replica,
    waitCaughtUp,
    stop,
  };
}

/**
 * Data folders: made by initdb, copied while nothing runs, or copied from a running primary.
 *
 * @module
 */

import { spawn } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { copyFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { binaries } from "./binaries.ts";
import pg from "pg";
import { identity } from "./place.ts";
import { serverEnvironment } from "./server.ts";

/** How people log in. */
export interface Login {
  readonly auth: "trust" | "scram-sha-256";
  readonly user: string;
  readonly password: string | undefined;
}

/** Writes a file that the servers' user owns and may replace. */
export function writeOwned(path: string, text: string): void {
  writeFileSync(path, text, { mode: 0o600 });
  own(path);
}

function own(path: string): void {
  const { uid, gid } = identity();
  if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid);
}

/** A folder that only the servers' user may enter: PostgreSQL insists on 0700. */
export function makeOwned(path: string): void {
  mkdirSync(path, { recursive: true });
  chmodSync(path, 0o700);
  own(path);
}

/** Runs a program as the servers' user; rejects with what it said when it fails. */
function run(program: string, args: readonly string[], cwd: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      ...identity(),
      cwd,
      env: serverEnvironment(),
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    child.stdout.on("data", (chunk) => said += String(chunk));
    child.stderr.on("data", (chunk) => said += String(chunk));
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${program} ended with ${code}: ${said.trim()}`));
    });
  });
}

/** Makes a fresh data folder; its server has never run, so it may be copied as it is. */
export async function initialise(data: string, folder: string, login: Login): Promise<void> {
  const args = ["-D", data, "-U", login.user, "-A", login.auth, "--encoding=UTF8", "--no-locale"];
  args.push("--no-sync", "--no-instructions", "--wal-segsize=1");
  const secret = join(folder, "password");
  if (login.password !== undefined) {
    writeOwned(secret, login.password);
    args.push(`--pwfile=${secret}`);
  }
  await run(binaries().initdb, args, folder);
  rmSync(secret, { force: true });
}

/** Copies a data folder whose server is not running: same database system, ready to follow it. */
export function copyStopped(from: string, to: string, folder: string): Promise<void> {
  return run("cp", ["-R", from, to], folder);
}

/** Left out of a base backup, as PostgreSQL's manual has it ("Making a Base Backup Using the Low Level API"). */
const NOT_COPIED: ReadonlySet<string> = new Set([
  "postmaster.pid",
  "postmaster.opts",
  "standby.signal",
  "pg_wal",
  "pg_replslot",
  "pg_dynshmem",
  "pg_notify",
  "pg_serial",
  "pg_snapshots",
  "pg_stat_tmp",
  "pg_subtrans",
]);

/** Copies the data folder of a running primary in place of `to`: a base backup. */
export async function copyRunning(url: string, from: string, to: string): Promise<void> {
  // Starting and stopping the backup must happen on one connection.
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3_000 });
  client.on("error", () => {});
  try {
    await client.connect();
    await client.query("select pg_backup_start('holdfast', true)");
    rmSync(to, { recursive: true, force: true });
    makeOwned(to);
    await copyTree(from, to, NOT_COPIED);
    for (const name of NOT_COPIED) {
      if (name.startsWith("pg_")) makeOwned(join(to, name));
    }
    const { rows } = await client.query<{ labelfile: string }>(
      "select labelfile from pg_backup_stop(false)",
    );
    writeOwned(join(to, "backup_label"), rows[0]?.labelfile ?? "");
  } finally {
    client.connection.stream.destroy();
  }
}

async function copyTree(from: string, to: string, except: ReadonlySet<string>): Promise<void> {
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (except.has(entry.name) || entry.name.startsWith("pgsql_tmp")) continue;
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) {
      makeOwned(target);
      await copyTree(source, target, new Set());
      continue;
    }
    try {
      await copyFile(source, target);
      own(target);
    } catch (error) {
      // A relation dropped meanwhile; replaying the WAL knows it too.
      if (existsSync(source)) throw error;
    }
  }
}

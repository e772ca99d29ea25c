/**
 * A Redis of its own for a test file: in memory, on a free port, gone with the process.
 */

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import process from "node:process";
import { until } from "../cluster/wait.ts";
import { freePort } from "../cluster/place.ts";

/** A server that answers. */
export interface RedisServer {
  readonly port: number;
  readonly url: string;
  readonly stop: () => Promise<void>;
}

function findProgram(): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return [...folders, "/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"]
    .map((folder) => join(folder, "redis-server"))
    .find((file) => existsSync(file));
}

/** Why no Redis can be started on this machine, or `undefined` when one can. For skipped tests. */
export function whyNoRedis(): string | undefined {
  return findProgram() === undefined
    ? "NO REDIS HERE: the program redis-server is missing (apt-get install redis-server)"
    : undefined;
}

/** Whether the port answers a PING, and be it by asking for a password. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, "127.0.0.1", () => socket.write("PING\r\n"));
    const end = (is: boolean): void => {
      socket.destroy();
      resolve(is);
    };
    socket.once("data", (bytes) => end(/^(?:\+PONG|-NOAUTH)/.test(bytes.toString())));
    socket.once("error", () => end(false));
    socket.once("close", () => end(false));
  });
}

/** However this process ends, its end of the pipe closes: a server outlives no test that was killed. */
const UNTIL_NOBODY_LISTENS = '"$@" & server=$!; read -r _; kill -9 $server; wait';

/** Starts one. `more`: further settings, such as `["--maxmemory", "1mb"]`. */
export async function startRedis(more: readonly string[] = []): Promise<RedisServer> {
  const program = findProgram();
  if (program === undefined) throw new Error(whyNoRedis());
  const folder = mkdtempSync(join(tmpdir(), "holdfast-redis-"));
  const port = await freePort();
  const settings = ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
  const command = [program, ...settings, "--dir", folder, ...more];
  const child = spawn("sh", ["-c", UNTIL_NOBODY_LISTENS, "sh", ...command]);
  let said = "";
  const listen = (bytes: Buffer): void => void (said += bytes.toString());
  child.stdout.on("data", listen);
  child.stderr.on("data", listen);
  const stop = async (): Promise<void> => {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.stdin.end();
    if (child.exitCode === null) await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  const what = `redis-server on port ${port}`;
  await until(() => answers(port), { what, detail: () => said.slice(-2_000) }).catch(
    async (error: unknown) => {
      await stop();
      throw error;
    },
  );

  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    stop,
  };
}

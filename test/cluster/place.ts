/**
 * Where a cluster lives and as whom its servers run.
 *
 * @module
 */

import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  existsSync,
  mkdtempSync,
  statfsSync,
  statSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";

/** Given to `spawn`: empty for an ordinary user. */
export interface Identity {
  readonly uid?: number;
  readonly gid?: number;
}

/**
 * PostgreSQL refuses to run as root, so root drops to "nobody": 65534 on Linux. (macOS has -2 there,
 * but an unnamed id works just as well.)
 */
export function identity(): Identity {
  return process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
}

/** The start of every cluster folder's name; the sweep looks for it. */
export const FOLDER_PREFIX = "holdfast-cluster-";

/** Three nodes with their WAL need about 200 MB; a container's default /dev/shm has 64 MB. */
const ENOUGH_BYTES = 1024 ** 3;

/** Every place a cluster folder may be in. */
export function roots(): string[] {
  return [...new Set(["/dev/shm", tmpdir(), "/tmp"])].filter((root) => existsSync(root));
}

function roomy(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize > ENOUGH_BYTES;
  } catch {
    return false;
  }
}

/** Whether someone else can walk down to a path: every folder above has its "others may pass" bit. */
function passable(path: string): boolean {
  const up = dirname(path);
  return (statSync(path).mode & 0o001) !== 0 && (up === path || passable(up));
}

/**
 * Makes a fresh folder for one cluster, owned by whom its servers run as. Memory is preferred where
 * there is plenty: starting three nodes takes 0.3 s there and 2 s on a disk.
 */
export function makeFolder(who: Identity): string {
  const found = roots().find((root) =>
    (root !== "/dev/shm" || roomy(root)) && (who.uid === undefined || passable(root))
  );
  if (found === undefined) throw new Error(`No temporary folder is usable: ${roots().join(", ")}`);
  const folder = mkdtempSync(join(found, FOLDER_PREFIX));
  chmodSync(folder, 0o700);
  if (who.uid !== undefined && who.gid !== undefined) chownSync(folder, who.uid, who.gid);
  return folder;
}

/**
 * A port nobody listens on. Taken from below the kernel's ephemeral range (32768 on Linux, 49152 on
 * macOS), or an outgoing connection could sit on it while a killed node is down.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 200; tries++) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const free = await new Promise<boolean>((resolve) => {
      const server = createServer();
      server.once("error", () => resolve(false));
      server.listen({ host: "127.0.0.1", port, exclusive: true }, () => {
        server.close(() => resolve(true));
      });
    });
    if (free) return port;
  }
  throw new Error("No free port between 20000 and 32000 on 127.0.0.1");
}

import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROOT } from "../../scripts/step.ts";
import type { EndpointReport, Snapshot } from "../../src/model/belief.ts";
import type { LeaseAnswer, LeaseRequest } from "../../src/ports.ts";
import { until } from "../cluster/wait.ts";
import { down, up } from "../contract/store-stage.ts";
import { type RedisServer, startRedis, whyNoRedis } from "./redis-server.ts";

const missing = whyNoRedis();
if (missing) console.error(missing);

/** A child process that has a store on the same Redis. */
interface Mate {
  readonly child: ChildProcess;
  readonly sync: (...endpoints: EndpointReport[]) => Promise<Snapshot>;
  readonly lease: (request: LeaseRequest) => Promise<LeaseAnswer>;
  readonly killed: () => Promise<void>;
}

describe.skipIf(missing !== undefined)("processes on one Redis", () => {
  let server: RedisServer;
  const children: ChildProcess[] = [];

  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(async () => {
    for (const child of children) child.kill("SIGKILL");
    await server?.stop();
  });

  function startMate(): Mate {
    const child = spawn(process.execPath, [join(ROOT, "test/stores/process.ts"), server.url], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    children.push(child);
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const ask = async (order: readonly unknown[]): Promise<unknown> => {
      child.stdin.write(`${JSON.stringify(order)}\n`);
      const { value, done } = await lines.next();
      if (done === true) throw new Error("The process has ended");
      return JSON.parse(value);
    };
    return {
      child,
      sync: (...endpoints) => ask(["sync", ...endpoints]) as Promise<Snapshot>,
      lease: (request) => ask(["lease", request]) as Promise<LeaseAnswer>,
      killed: () => {
        child.kill("SIGKILL");
        return ended;
      },
    };
  }

  test("what two of them find down, a third one knows with its first sync", async () => {
    const [a, b] = [startMate(), startMate()];
    await a.sync(up("p"), up("q"), up("r"));
    await b.sync(up("p"), up("q"), up("r"));
    await a.sync(up("p"), up("q"), down("r"));
    await b.sync(up("p"), up("q"), down("r"));
    const { endpoints, fleet } = await startMate().sync();
    expect(endpoints.map(({ id, phase }) => `${id} ${phase}`))
      .toEqual(["p closed", "q closed", "r open"]);
    expect(fleet).toBe(3);
  });

  test("kill -9 of a lease's holder frees it within its expiry, with a higher token", async () => {
    const [a, b] = [startMate(), startMate()];
    const lease = { name: "prober", ttlMs: 1_000 };
    const first = await a.lease({ ...lease, holder: "a" });
    expect(first).toMatchObject({ held: true });
    expect((await a.lease({ ...lease, holder: "a" })).held).toBe(true);
    await a.killed();
    const denied: number[] = [];
    const next = await until(async () => {
      const answer = await b.lease({ ...lease, holder: "b" });
      if (!answer.held) denied.push(answer.retryAfterMs);
      return answer.held ? answer : undefined;
    }, { what: "the dead one's lease" });
    if (!first.held) throw new Error("checked above");
    expect(next.token).toBeGreaterThan(first.token);
    // The server's clock decides: who is denied hears how long it takes yet, never more than the expiry.
    expect(Math.max(0, ...denied)).toBeLessThanOrEqual(lease.ttlMs);
  });
});

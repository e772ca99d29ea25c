import fc from "fast-check";
import { expect, test } from "vitest";
import type { Lease } from "../../src/drive/lease.ts";
import { Pool } from "../../src/drive/pool.ts";
import { settled, VirtualClock } from "../virtual.ts";
import { server } from "./stage.ts";

const STEPS = [
  "acquire",
  "acquire",
  "acquire",
  "release",
  "release",
  "taint",
  "destroy",
  "forget",
  "cut",
  "refuse",
  "hang",
  "revive",
  "clear",
  "pass",
] as const;

test("a pool leaks nothing and leaves nobody waiting, whatever happens in whatever order", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.constantFrom(...STEPS), fc.nat({ max: 300 })), { maxLength: 60 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 3 }),
      async (steps, max, maxConnecting) => {
        const clock = new VirtualClock();
        const endpoint = server(clock, "primary");
        const limits = {
          max,
          maxConnecting,
          maxQueue: 5,
          connectTimeoutMs: 100,
          idleTimeoutMs: 200,
        };
        let opened = 0;
        let closed = 0;
        const pool = new Pool(endpoint, clock, limits, {
          opened: () => opened++,
          closed: () => closed++,
        });
        const held: Lease[] = [];
        const waiting = new Map<object, string[]>();
        const acquire = (): void => {
          const ends: string[] = [];
          const waiter = {
            granted: (lease: Lease) => {
              ends.push("granted");
              held.push(lease);
            },
            refused: () => ends.push("refused"),
          };
          waiting.set(waiter, ends);
          const lease = pool.acquire(waiter);
          if (lease !== undefined) waiter.granted(lease);
        };
        for (const [step, n] of steps) {
          const lease = held[n % Math.max(1, held.length)];
          if (["release", "taint", "destroy"].includes(step)) {
            if (lease === undefined) continue;
            held.splice(held.indexOf(lease), 1);
          }
          switch (step) {
            case "acquire":
              acquire();
              break;
            case "release":
            case "taint":
              if (lease !== undefined) pool.release(lease, step === "release", clock.now());
              break;
            case "destroy":
              if (lease !== undefined) pool.destroy(lease, "test");
              break;
            case "forget": {
              const [waiter] = [...waiting].find(([, ends]) => ends.length === 0) ?? [];
              if (waiter === undefined) break;
              pool.forget(waiter as never); // it is one of the waiters made above
              waiting.delete(waiter);
              break;
            }
            case "cut":
              endpoint.cut();
              break;
            case "refuse":
              endpoint.condition = "refusing";
              break;
            case "hang":
              endpoint.condition = "silent";
              break;
            case "revive":
              endpoint.revive();
              break;
            case "clear":
              pool.clear("test");
              break;
            case "pass":
              await clock.advance(n);
              break;
            default:
              step satisfies never;
          }
          await settled();
          const stats = pool.stats();
          expect(stats.inUse).toBe(held.length);
          expect(stats.size).toBe(stats.idle + stats.inUse);
          expect(pool.size).toBeLessThanOrEqual(max);
          expect(stats.size).toBe(opened - closed);
          for (const ends of waiting.values()) expect(ends.length).toBeLessThanOrEqual(1);
        }
        // Everybody gives back what they have: then everybody who waits is served or refused.
        endpoint.revive();
        for (let round = 0; round < 20; round++) {
          for (const lease of held.splice(0)) pool.release(lease, true, clock.now());
          await clock.advance(700);
        }
        expect([...waiting.values()].filter((ends) => ends.length !== 1)).toEqual([]);
        await pool.drain();
        expect(endpoint.open).toBe(0);
        expect(opened).toBe(closed);
        expect(clock.waiting).toBe(0);
      },
    ),
    { numRuns: 150 },
  );
});

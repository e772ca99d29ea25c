import fc from "fast-check";
import { expect, test } from "vitest";
import { mayServe } from "../../src/admit/permits.ts";
import type { Lease } from "../../src/drive/lease.ts";
import { Pool } from "../../src/drive/pool.ts";
import { settled, VirtualClock } from "../virtual.ts";
import { server } from "./stage.ts";

const STEPS = [
  "acquire",
  "acquire",
  "acquire",
  "acquire and give back",
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
  "rebuild",
  "allow",
  "look",
  "pass",
] as const;

test("a pool leaks nothing and leaves nobody waiting, whatever happens in whatever order", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.constantFrom(...STEPS), fc.nat({ max: 300 })), { maxLength: 60 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 3 }),
      fc.record({
        keeps: fc.boolean(),
        min: fc.constantFrom(0, 1),
        maxLifetimeMs: fc.constantFrom(0, 500),
        validateAfterIdleMs: fc.constantFrom(0, 100),
      }),
      async (steps, max, maxConnecting, { keeps, ...ages }) => {
        const clock = new VirtualClock();
        const endpoint = server(clock, "primary");
        const limits = {
          max,
          maxConnecting,
          maxQueue: 5,
          connectTimeoutMs: 100,
          idleTimeoutMs: 200,
          validateTimeoutMs: 50,
          ...ages,
        };
        let opened = 0;
        let closed = 0;
        const pool = new Pool(endpoint, { clock, keeps, offset: 0.3 }, limits, {
          opened: () => opened++,
          closed: () => closed++,
        });
        if (ages.min > 0) pool.warm();
        const held: Lease[] = [];
        const waiting = new Map<object, string[]>();
        const acquire = (returns = false): void => {
          const ends: string[] = [];
          const waiter = {
            waitsSince: 0,
            granted: (lease: Lease) => {
              ends.push("granted");
              if (returns) pool.release(lease, true, clock.now());
              else held.push(lease);
            },
            refused: () => ends.push("refused"),
          };
          waiting.set(waiter, ends);
          const lease = pool.acquire(waiter, clock.now());
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
            // As a caller whose circuit opened while it waited.
            case "acquire and give back":
              acquire(true);
              break;
            case "release":
            case "taint":
              if (lease !== undefined) pool.release(lease, step === "release", clock.now());
              break;
            case "destroy":
              if (lease !== undefined) pool.destroy(lease, "abandoned");
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
              pool.clear("role changed");
              break;
            case "rebuild":
              pool.rebuild(endpoint);
              break;
            case "allow":
              pool.allow(1 + (n % max));
              break;
            case "look": {
              const taken = pool.takeIdle();
              if (taken !== undefined) pool.putBack(taken, clock.now());
              break;
            }
            case "pass":
              await clock.advance(n);
              break;
            default:
              step satisfies never;
          }
          await settled();
          const stats = pool.stats();
          expect(stats.inUse).toBe(held.length);
          const { checking } = pool.permits;
          expect(stats.size).toBe(stats.idle + stats.inUse + checking);
          expect(stats.waiting).toBe(pool.waiters.size);
          // Nobody waits beside a connection that it may have.
          expect(mayServe(pool.permits)).toBe(false);
          for (const count of Object.values(pool.permits)) expect(count).toBeGreaterThanOrEqual(0);
          expect(pool.size).toBeLessThanOrEqual(max);
          expect(stats.size).toBe(opened - closed);
          for (const ends of waiting.values()) expect(ends.length).toBeLessThanOrEqual(1);
        }
        // Everybody gives back what they have: then everybody who waits is served or refused.
        endpoint.revive();
        pool.allow(max);
        for (let round = 0; round < 20; round++) {
          for (const lease of held.splice(0)) pool.release(lease, true, clock.now());
          await clock.advance(700);
        }
        expect([...waiting.values()].filter((ends) => ends.length !== 1)).toEqual([]);
        await pool.drain();
        expect(endpoint.open).toBe(0);
        expect(opened).toBe(closed);
        // A connect that was cut may still be on its way at the endpoint itself.
        await clock.advance(1);
        expect(clock.waiting).toBe(0);
      },
    ),
    { numRuns: 300 },
  );
});

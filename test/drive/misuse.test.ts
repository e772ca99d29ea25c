import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createHoldfastOn } from "../../src/holdfast.ts";
import type { Session } from "../../src/session.ts";
import { RequestPlace } from "../request-place.ts";
import { requestStage } from "./request-stage.ts";
import { caught, server } from "./stage.ts";

const INSERT = "insert into t values (1)";

async function noop(): Promise<void> {}

describe("misuse where I/O belongs to a request is told at once, and moves no circuit", () => {
  let place: RequestPlace;
  beforeEach(() => {
    place = new RequestPlace();
  });
  afterEach(() => place[Symbol.dispose]());

  test("the cluster itself", async () => {
    const { db } = requestStage(place);
    const says = /runs no statement\. Make a session in each request, db\.session\(\{ ctx \}\)/;
    const request = place.request(async () => {
      for (const call of [db.query("select 1"), db.execute("select 1"), db.transaction(noop)]) {
        const error = await caught(call);
        expect(error).toMatchObject({ code: "USAGE" });
        expect(error.message).toMatch(says);
      }
      expect(() => db.session()).toThrow(/needs its request's execution context/);
    });
    await place.clock.runUntil(request.answer);
  });

  test("a session made where there is no request", () => {
    const { db } = requestStage(place);
    expect(() => db.session({ waitUntil: () => {} })).toThrow(/There is no request here/);
  });

  test.each([["while the other one lives", false], ["when the other one is over", true]])(
    "a session of another request, %s",
    async (_, isOver) => {
      const { db, a } = requestStage(place);
      let session: Session | undefined;
      const owner = place.request(async (ctx) => {
        session = db.session({ ctx });
        await session.query(INSERT);
        if (!isOver) await new Promise(() => {});
      });
      await place.clock.advance(100);
      if (isOver) await owner.answer;
      const thief = place.request(async () => {
        const calls = [session?.query(INSERT), session?.transaction(noop), session?.close()];
        return await Promise.all(calls.map((call) => caught(Promise.resolve(call))));
      });
      for (const error of await place.clock.runUntil(thief.answer)) {
        expect(error.code).toBe("USAGE");
        expect(error.message).toMatch(/belongs to another request, or to one that is over/);
      }
      expect(a.statements).toEqual([INSERT]);
    },
  );

  test("a session of another request, where the place cannot tell before its I/O refuses", async () => {
    const { here: _, ...blind } = place.runtime;
    const a = server(place.clock, "primary");
    const connector = place.bound(a);
    const db = createHoldfastOn(blind, { endpoints: [{ id: "a", role: "primary", connector }] });
    let session: Session | undefined;
    const owner = place.request(async (ctx) => {
      session = db.session({ ctx });
      await session.query(INSERT);
      await new Promise(() => {});
    });
    await place.clock.advance(100);
    const thief = place.request(() => caught(session?.query(INSERT) ?? Promise.reject()));
    const error = await place.clock.runUntil(thief.answer);
    expect(error.code).toBe("USAGE");
    expect(error.message).toMatch(/belongs to another request/);
    expect(db.stats().endpoints[0]?.circuit).toBe("closed");
    expect(place.crossings.splice(0).length).toBeGreaterThan(0);
    owner.cut();
  });
});

import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { webhook, type WebhookOptions } from "../../../adapters/alerts/mod.ts";
import { webhookOn } from "../../../adapters/alerts/webhook.ts";
import { ALERT, LIMIT_MS, never, type TestPlace, testPlace } from "./place.ts";
import { type Behaviour, hang, type Receiver, receiver, SECRET, status } from "./receiver.ts";

/** A sink to the receiver, in the place. */
function sinkTo(to: Receiver, place: TestPlace, options: Partial<WebhookOptions> = {}) {
  return webhookOn(place, to.url, { secret: SECRET, timeoutMs: LIMIT_MS, ...options });
}

/** Delivers the alert once to a receiver that behaves so; what came of it. */
async function deliver(behaviours: readonly Behaviour[], place: TestPlace = testPlace()) {
  await using to = await receiver();
  to.behaviours.push(...behaviours);
  const failed = await messageOf(sinkTo(to, place)(ALERT, never()));
  return { failed, received: to.received, pauses: place.pauses };
}

/** The message of the error; "" when there was none. Nothing in it may be secret. */
async function messageOf(delivery: void | Promise<void>): Promise<string> {
  try {
    await delivery;
    return "";
  } catch (error) {
    const { message, cause } = error as Error; // the sink throws Errors
    expect(cause).toBeUndefined();
    expect(message).not.toMatch(/token|127\.0\.0\.1|http|whsec/);
    return message;
  }
}

describe("webhook()", () => {
  test("posts JSON that Standard Webhooks' library verifies", async () => {
    await using to = await receiver();
    const before = Date.now();
    await webhook(to.url, { secret: SECRET, source: "shop" })({ ...ALERT, agoMs: 5_000 }, never());
    const [received] = to.received;
    expect(received).toMatchObject({
      method: "POST",
      path: "/hooks/token-that-nobody-may-see",
      headers: { "content-type": "application/json" },
    });
    const payload = received?.verify();
    expect(payload).toEqual({
      id: expect.stringMatching(/^msg_[0-9a-f-]{36}$/),
      rule: "lowScore",
      phase: "firing",
      value: 33.3,
      threshold: 70,
      says: "the average health score is under 70",
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      source: "shop",
    });
    expect(received?.headers["webhook-id"]).toBe(payload?.id);
    const at = Date.parse(payload?.at ?? "");
    expect(at).toBeGreaterThanOrEqual(before - 5_000);
    expect(at).toBeLessThanOrEqual(Date.now() - 5_000);
  });

  test("signs so that another secret, another body or another time is refused", async () => {
    const { received: [one] } = await deliver([]);
    expect(() => one?.verify()).not.toThrow();
    expect(() => one?.verify(`whsec_${randomBytes(32).toString("base64")}`)).toThrow("signature");
    const old = testPlace(0, { now: () => Date.now() - 600_000 });
    const { received: [late] } = await deliver([], old);
    expect(() => late?.verify()).toThrow("timestamp");
  });

  test("signs with every secret while one replaces another", async () => {
    await using to = await receiver();
    const next = `whsec_${randomBytes(64).toString("base64")}`;
    await sinkTo(to, testPlace(), { secret: [SECRET, next] })(ALERT, never());
    expect(to.received[0]?.verify(SECRET)).toEqual(to.received[0]?.verify(next));
  });

  test("signs each delivery with an id of its own", async () => {
    await using to = await receiver();
    const sink = sinkTo(to, testPlace());
    await sink(ALERT, never());
    await sink({ ...ALERT, phase: "resolved" }, never());
    expect(to.received.map((one) => one.verify().id)).toEqual(["msg_1", "msg_2"]);
  });

  test("keeps its body small, whatever a rule says", async () => {
    await using to = await receiver();
    const long = "é".repeat(1e6);
    await sinkTo(to, testPlace())({ ...ALERT, says: long, rule: long }, never());
    expect(Buffer.byteLength(to.received[0]?.body ?? "")).toBeLessThan(20_000);
    to.received[0]?.verify();
  });
});

describe("webhook() and a receiver in trouble", () => {
  test("posts again, with the same id and a fresh signature, until it is taken", async () => {
    let now = Date.now() - 60_000;
    const place = testPlace(0, { now: () => now += 10_000 });
    const trouble = [status(500), status(503), status(429)];
    const { failed, received } = await deliver(trouble, place);
    expect(failed).toBe("");
    expect(received).toHaveLength(4);
    expect(new Set(received.map((one) => one.verify().id)).size).toBe(1);
    expect(new Set(received.map((one) => one.body)).size).toBe(1);
    expect(new Set(received.map((one) => one.headers["webhook-timestamp"])).size).toBe(4);
  });

  test.each([408, 429, 500, 502, 503, 504])("tries again after %i", async (code) => {
    expect((await deliver([status(code)])).received).toHaveLength(2);
  });

  test.each([400, 401, 404, 410, 413, 422])("does not try again after %i", async (code) => {
    const { failed, received, pauses } = await deliver([status(code)]);
    expect(failed).toBe(`The webhook gave up after 1 attempt: the answer was ${code}`);
    expect(received).toHaveLength(1);
    expect(pauses).toEqual([]);
  });

  test("gives up after its attempts", async () => {
    const { failed, received } = await deliver(Array(9).fill(status(500)) as Behaviour[]);
    expect(failed).toBe("The webhook gave up after 4 attempts: the answer was 500");
    expect(received).toHaveLength(4);
  });

  test.each([[0, [250, 500, 1_000]], [0.5, [375, 750, 1_500]]] as const)(
    "waits twice as long each time, half of it by chance (%d)",
    async (random, expected) => {
      const { pauses } = await deliver(
        Array(9).fill(status(500)) as Behaviour[],
        testPlace(random),
      );
      expect(pauses).toEqual(expected);
    },
  );

  test("never waits longer than a quarter of a minute of its own accord", async () => {
    await using to = await receiver();
    to.behaviours.push(...Array(9).fill(status(500)) as Behaviour[]);
    const place = testPlace(0.999);
    await sinkTo(to, place, { attempts: 10 })(ALERT, never());
    expect(Math.max(...place.pauses)).toBeLessThan(15_000);
    expect(place.pauses.at(-1)).toBeGreaterThan(14_900);
  });

  test.each([
    ["seconds", "7", 7_000],
    ["a date", "Thu, 01 Jan 1970 00:00:09 GMT", 9_000],
    ["more than is bearable", "86400", 20_000],
    ["a date gone by", "Thu, 01 Jan 1970 00:00:00 GMT", 250],
    ["less than its own pause", "0", 250],
    ["nonsense", "-5 soon", 250],
  ])("waits as long as it is asked to: %s", async (_, value, expected) => {
    const place = testPlace(0, { now: () => 0 });
    expect((await deliver([status(429, { "retry-after": value })], place)).pauses)
      .toEqual([expected]);
  });

  test("follows no redirect", async () => {
    await using elsewhere = await receiver();
    const { failed, received } = await deliver([status(307, { location: elsewhere.url })]);
    expect(failed).toBe("The webhook gave up after 1 attempt: it was redirected");
    expect(received).toHaveLength(1);
    expect(elsewhere.received).toEqual([]);
  });

  test("tries again when the line breaks", async () => {
    const { failed, received } = await deliver([(response) => response.destroy()]);
    expect(failed).toBe("");
    expect(received).toHaveLength(2);
  });

  test("tells what the network said, and no address", async () => {
    const gone = await receiver();
    const { url } = gone;
    await gone[Symbol.asyncDispose]();
    const place = testPlace();
    const sink = webhookOn(place, url, { secret: SECRET, timeoutMs: LIMIT_MS, attempts: 2 });
    expect(await messageOf(sink(ALERT, never())))
      .toBe("The webhook gave up after 2 attempts: it failed (ECONNREFUSED)");
    expect(place.pauses).toHaveLength(1);
  });

  test("gives up an attempt that is not answered in time, hangs up, and tries again", async () => {
    await using to = await receiver();
    to.behaviours.push(hang);
    const place = testPlace();
    const delivery = sinkTo(to, place)(ALERT, never());
    await to.until(({ received }) => received.length === 1);
    place.late();
    await delivery;
    await to.until(({ broken }) => broken === 1);
    expect(to.received).toHaveLength(2);
  });

  test("is not held up by an answer that never ends, and hangs up", async () => {
    await using to = await receiver();
    to.behaviours.push((response) => response.writeHead(200).write("and"));
    await sinkTo(to, testPlace())(ALERT, never());
    await to.until(({ broken }) => broken === 1);
    expect(to.received).toHaveLength(1);
  });

  test("is not held up by a fetch that heeds no signal", async () => {
    const place = testPlace(0, { fetch: () => new Promise(() => {}) });
    const sink = webhookOn(place, "https://a.example/", {
      secret: SECRET,
      timeoutMs: LIMIT_MS,
      attempts: 1,
    });
    const delivery = sink(ALERT, never());
    while (await pending(delivery)) place.late();
    expect(await messageOf(delivery)).toContain(`no answer within ${LIMIT_MS} ms`);
  });

  test("stops when its signal fires during an attempt", async () => {
    await using to = await receiver();
    to.behaviours.push(hang);
    const controller = new AbortController();
    const delivery = sinkTo(to, testPlace())(ALERT, controller.signal);
    await to.until(({ received }) => received.length === 1);
    controller.abort();
    expect(await messageOf(delivery))
      .toBe("The webhook gave up after 1 attempt: it was called off");
    await to.until(({ broken }) => broken === 1);
  });

  test("stops when its signal fires during a pause", async () => {
    await using to = await receiver();
    to.behaviours.push(status(500));
    const controller = new AbortController();
    const place = testPlace();
    const still: TestPlace = {
      ...place,
      after: (delayMs, wake) => {
        if (delayMs === LIMIT_MS) return place.after(delayMs, wake);
        setImmediate(() => controller.abort());
        return () => {};
      },
    };
    expect(await messageOf(sinkTo(to, still)(ALERT, controller.signal))).toContain("called off");
    expect(to.received).toHaveLength(1);
  });
});

/** Whether a promise has not settled by the next turn. */
async function pending(promise: void | Promise<void>): Promise<boolean> {
  const turn = new Promise<boolean>((resolve) => setImmediate(() => resolve(true)));
  const settled = (): boolean => false;
  return await Promise.race([turn, Promise.resolve(promise).then(settled, settled)]);
}

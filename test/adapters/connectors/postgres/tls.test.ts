import { afterEach, describe, expect, test } from "vitest";
import { postgres, type PostgresOptions } from "../../../../adapters/connectors/postgres/mod.ts";
import { Limit } from "../../../../adapters/connectors/pg-server/limit.ts";
import { openSocket } from "../../../../adapters/connectors/postgres/socket.ts";
import { isLoopback, planTls, TLS_MODES } from "../../../../adapters/connectors/postgres/tls.ts";
import { until } from "../../../cluster/mod.ts";
import { type Gate, openGate } from "./gate.ts";
import { CERTIFICATE, type Seen, tlsServer } from "./tls-server.ts";

describe("planTls()", () => {
  test("planTls() asks for a verified server unless it is this machine", () => {
    const secure = { on: true, orClear: false, options: { rejectUnauthorized: true } };
    for (const host of ["db.example", "10.0.0.5", "::2", "128.0.0.1", "localhost.example"]) {
      expect(isLoopback(host)).toBe(false);
      expect(planTls(undefined, host, false)).toMatchObject(secure);
    }
    for (const host of ["localhost", "a.localhost", "127.0.0.1", "127.9.9.9", "::1", "/var/run"]) {
      expect(isLoopback(host)).toBe(true);
      expect(planTls(undefined, host, false)).toEqual({ on: false });
    }
  });

  test("planTls() goes on in the clear with prefer on loopback only", () => {
    for (const mode of TLS_MODES) {
      for (const host of ["db.example", "127.0.0.1"]) {
        const plan = planTls(mode, host, false);
        const orClear = plan.on && plan.orClear;
        expect([mode, host, orClear]).toEqual([
          mode,
          host,
          mode === "prefer" && host !== "db.example",
        ]);
      }
    }
  });

  test("planTls() checks the name of the host, also where it is an address", () => {
    expect(planTls("verify-full", "db.example", false)).toMatchObject({
      options: { host: "db.example", servername: "db.example" },
    });
    const { options } = planTls("verify-full", "10.0.0.5", false) as { options: object };
    expect(options).toEqual({ host: "10.0.0.5", rejectUnauthorized: true });
  });
});

describe("connect() over TLS", () => {
  let gate: Gate | undefined;
  let seen: Seen;
  afterEach(() => gate?.[Symbol.asyncDispose]());

  async function connect(answer: string, options: Omit<PostgresOptions, "url">) {
    seen = { cancels: [], secured: [] };
    gate = await openGate(tlsServer(answer, seen));
    return await postgres({ url: gate.url, ...options }).connect({ timeoutMs: 10_000 });
  }

  test.each(["prefer", "require"] as const)(
    "connect() with %s takes any certificate",
    async (tls) => {
      await (await connect("S", { tls })).close();
      expect(new Set(seen.secured)).toEqual(new Set([true]));
    },
  );

  test.each(["verify-ca", "verify-full"] as const)(
    "connect() with %s refuses one that nobody vouches for",
    async (tls) => {
      await expect(connect("S", { tls })).rejects.toMatchObject({
        origin: "network",
        phase: "connecting",
        code: "DEPTH_ZERO_SELF_SIGNED_CERT",
      });
    },
  );

  test("connect() with own options checks the certificate, and the name in it", async () => {
    const wrongName = connect("S", { tls: { ca: CERTIFICATE } });
    await expect(wrongName).rejects.toMatchObject({ code: "ERR_TLS_CERT_ALTNAME_INVALID" });
    await gate?.[Symbol.asyncDispose]();
    await (await connect("S", { tls: { ca: CERTIFICATE, host: "db.test" } })).close();
    expect(seen.secured).not.toContain(false);
  });

  test("connect() starts TLS unasked with direct negotiation", async () => {
    const tls = { ca: CERTIFICATE, host: "db.test" };
    await (await connect("direct", { tls, tlsNegotiation: "direct" })).close();
    expect(seen.secured).not.toContain(false);
  });

  test("connect() never goes on in the clear unless told so", async () => {
    for (const tls of ["require", "verify-ca", "verify-full", {}] as const) {
      await expect(connect("N", { tls })).rejects.toMatchObject({ code: "ERR_TLS_NOT_OFFERED" });
      expect(seen.secured).toEqual([]);
      await gate?.[Symbol.asyncDispose]();
    }
    await (await connect("N", { tls: "prefer" })).close();
    expect(new Set(seen.secured)).toEqual(new Set([false]));
  });

  test("connect() with prefer refuses a far server without TLS", async () => {
    gate = await openGate(tlsServer("N", { cancels: [], secured: [] }));
    const limit = new Limit({ timeoutMs: 10_000 });
    const tls = planTls("prefer", "db.example", false);
    const opened = openSocket({ host: "127.0.0.1", port: gate.port, keepAliveMs: 0, tls }, limit);
    await expect(opened).rejects.toMatchObject({ code: "ERR_TLS_NOT_OFFERED" });
    limit.stop();
  });

  test("connect() refuses bytes slipped in before TLS", async () => {
    await expect(connect("S and more", { tls: "require" })).rejects.toMatchObject({
      code: "PROTOCOL",
    });
  });

  test("destroy() sends the cancel inside TLS as well", async () => {
    const connection = await connect("S", { tls: "require" });
    const running = connection.run("select 1", [], { prepare: true });
    connection.destroy();
    await expect(running).rejects.toMatchObject({ code: "CONNECTION_DESTROYED" });
    await until(() => seen.cancels.length > 0, { what: "the cancel to arrive" });
    expect(seen.cancels).toEqual([7]);
    expect(seen.secured).not.toContain(false);
  });
});

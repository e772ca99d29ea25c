import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openGate } from "../adapters/connectors/postgres/gate.ts";
import { tlsServer } from "../adapters/connectors/postgres/tls-server.ts";
import { type Cluster, whyNoCluster } from "../cluster/mod.ts";
import { startEncrypted } from "../guide/encrypted.ts";
import { CERTIFICATE, KEY } from "./certificate.ts";
import type { Told } from "./orders.ts";
import type { Place } from "./place.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

const IS_ENCRYPTED = "select ssl from pg_stat_ssl where pid = pg_backend_pid()";
const UNREACHED = { origin: "network", phase: "connecting", connection: "broken" };

describe.skipIf(missing)(`postgres() over TLS in workerd ${missing ?? ""}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-trust-"));
  let cluster: Cluster;
  let place: Place;
  beforeAll(async () => {
    writeFileSync(join(folder, "trusted.pem"), CERTIFICATE);
    // miniflare hands it on to workerd, and looks for it when it is loaded.
    process.env["NODE_EXTRA_CA_CERTS"] = join(folder, "trusted.pem");
    const { startPlace } = await import("./place.ts");
    place = await startPlace({
      entry: new URL("postgres-worker.ts", import.meta.url),
      objects: ["Keeper"],
    });
    cluster = await startEncrypted(0, { certificate: CERTIFICATE, key: KEY });
  });
  afterAll(async () => {
    await place?.dispose();
    await cluster?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function run(options: object, url: string = cluster.primary.url()): Promise<Told> {
    const order = { url, do: "run", text: IS_ENCRYPTED, options };
    const body = JSON.stringify(order);
    return await (await place.fetch("/request", { method: "POST", body })).json() as Told;
  }

  test.each(["prefer", "require", "verify-ca", "verify-full"])(
    "connect() with %s encrypts, to a name and to an address",
    async (tls) => {
      for (const host of ["localhost", "127.0.0.1"]) {
        expect(await run({ tls, host })).toMatchObject({ value: { rows: [{ ssl: true }] } });
      }
      expect(place.takeLogs()).toEqual([]);
    },
  );

  test("connect() asks for TLS first where it was told to start at once", async () => {
    const told = await run({ tls: "verify-full", tlsNegotiation: "direct" });
    expect(told).toMatchObject({ value: { rows: [{ ssl: true }] } });
  });

  test.each(["require", "verify-full"])(
    "connect() with %s refuses a certificate that nobody vouches for",
    async (tls) => {
      await using gate = await openGate(tlsServer("S", { cancels: [], secured: [] }));
      expect(await run({ tls }, gate.url)).toMatchObject({
        error: { ...UNREACHED, code: "TLS_HANDSHAKE" },
      });
      expect(place.takeLogs().join()).toContain("invalid peer certificate");
    },
  );

  test("connect() never goes on in the clear unless told so", async () => {
    await using gate = await openGate(tlsServer("N", { cancels: [], secured: [] }));
    expect(await run({ tls: "require" }, gate.url)).toMatchObject({
      error: { ...UNREACHED, code: "ERR_TLS_NOT_OFFERED" },
    });
  });

  test("connect() refuses bytes slipped in before TLS", async () => {
    await using gate = await openGate(tlsServer("S and more", { cancels: [], secured: [] }));
    expect(await run({ tls: "require" }, gate.url)).toMatchObject({
      error: { ...UNREACHED, code: "PROTOCOL" },
    });
  });

  test("connect() says so when workerd lacks an option", async () => {
    expect(await run({ tls: { rejectUnauthorized: false } })).toMatchObject({
      error: { ...UNREACHED, code: "ERR_OPTION_NOT_IMPLEMENTED" },
    });
  });
});

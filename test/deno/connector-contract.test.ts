import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { neon } from "../../adapters/connectors/neon/mod.ts";
import { postgres } from "../../adapters/connectors/postgres/mod.ts";
import type { Connector } from "../../src/ports.ts";
import { type Cluster, startCluster, whyNoCluster } from "../cluster/mod.ts";
import { freePort } from "../cluster/place.ts";
import { connectorContract } from "../contract/connector/mod.ts";
import { type Double, startDouble } from "../neon/double.ts";
import { DenoChild } from "./child.ts";
import type { Given } from "./connector-contract.ts";

const missing = whyNoCluster();
if (missing) console.error(missing);

/** What the drivers need: postgres.js asks for its environment. */
const FLAGS = ["--no-prompt", "--allow-net", "--allow-env", "--allow-read", "--allow-sys"];

function titled(kind: Connector): (readonly [title: string, name: string | undefined])[] {
  return connectorContract().map(({ name, impossible }) => {
    const why = impossible?.(kind);
    return why === undefined ? [name, name] : [`${name} (impossible: ${why})`, undefined];
  });
}

const KINDS: readonly (readonly [string, Connector])[] = [
  ["postgres", postgres("postgres://nobody@localhost/none")],
  ["neon", neon("postgres://nobody@nowhere.invalid/none")],
];

describe.skipIf(missing)(`in Deno the connector's contract is kept ${missing ?? ""}`, () => {
  let cluster: Cluster;
  let double: Double;
  let child: DenoChild;
  beforeAll(async () => {
    cluster = await startCluster({ replicas: 0, auth: "scram-sha-256", password: "pw" });
    double = await startDouble(cluster.primary.port);
    const url = cluster.primary.url();
    const given: Given = { url, neon: double.options(), nowhere: await freePort() };
    const args = [JSON.stringify(given)];
    child = new DenoChild({ file: "./connector-contract.ts", args, flags: FLAGS });
  });
  afterAll(async () => {
    await child?.kill();
    await double?.close();
    await cluster?.stop();
  });

  describe.each(KINDS)("by %s()", (connector, kind) => {
    test.each(titled(kind))("%s", async (_title, name) => {
      const told = name === undefined ? {} : await child.order("play", connector, name);
      expect(told).toEqual({});
    });
  });
});

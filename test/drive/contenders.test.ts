import { describe, expect, test } from "vitest";
import { chooseSuccessor } from "../../src/drive/contenders.ts";
import type { Core, Site } from "../../src/drive/core.ts";
import { look } from "../../src/drive/probe.ts";
import { createCore } from "../../src/drive/sites.ts";
import { resolveOptions } from "../../src/options/resolve.ts";
import { virtualRuntime } from "../virtual.ts";
import { server } from "./stage.ts";

/** A lost primary and two replicas, that were measured long ago; nobody looks by the clock. */
async function lost() {
  const runtime = virtualRuntime(7);
  const { clock } = runtime;
  const [a, b, c] = [server(clock, "primary"), server(clock, "replica"), server(clock, "replica")];
  const { settings, stations } = resolveOptions({
    endpoints: [
      { id: "a", role: "primary", connector: a },
      { id: "b", role: "replica", connector: b },
      { id: "c", role: "replica", connector: c },
    ],
    probe: { intervalMs: 0 },
  });
  const core = createCore(runtime, settings, stations);
  b.position = 100n;
  c.position = 200n;
  for (const site of core.sites.values()) await clock.runUntil(look(core.scope, site, "full"));
  a.die();
  const choose = () => chooseSuccessor(core, siteOf(core, "a"), () => true);
  return { core, clock, a, b, c, choose };
}

function siteOf(core: Core, id: string): Site {
  const site = core.sites.get(id);
  if (site === undefined) throw new Error(`There is no endpoint ${id}`);
  return site;
}

describe("who may succeed a lost primary", () => {
  test("is measured for this, though quick looks begin between one that is waited for and our own", async () => {
    const s = await lost();
    const b = siteOf(s.core, "b");
    s.b.position = 300n;
    s.b.latencyMs = 20;
    // Who waited for it before us begins the next one.
    let left = 3;
    const again = (): unknown => left-- > 0 && look(s.core.scope, b).then(again);
    again();
    expect(await s.clock.runUntil(s.choose())).toEqual({ kind: "chosen", site: b });
  });

  test("nobody, when the old primary answers the second look", async () => {
    const s = await lost();
    const choice = s.choose();
    await s.clock.advance(500);
    s.a.revive();
    expect(await s.clock.runUntil(choice)).toEqual({ kind: "nobody" });
  });

  test("the first, where nobody tells how far it has come; nobody by guess, where only some do", async () => {
    const s = await lost();
    s.b.position = undefined;
    s.c.position = undefined;
    expect(await s.clock.runUntil(s.choose())).toEqual({
      kind: "chosen",
      site: siteOf(s.core, "b"),
    });
    s.b.position = 100n;
    expect(await s.clock.runUntil(s.choose())).toMatchObject({
      kind: "doubtful",
      about: siteOf(s.core, "c"),
    });
  });
});

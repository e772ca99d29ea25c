/** A KV store in workerd: `/tell` syncs one report from this isolate's own store. */

import { type KvNamespace, workersKv } from "../../adapters/cloudflare/mod.ts";
import type { Report } from "../../mod.ts";
import { RULES } from "../contract/store-stage.ts";

interface Env {
  readonly KV: KvNamespace & { put(key: string, value: string): Promise<void> };
}

let store: ReturnType<typeof workersKv> | undefined;
let writes = 0;

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    store ??= workersKv({
      get: (key, options) => env.KV.get(key, options),
      put: (key, value) => {
        writes++;
        return env.KV.put(key, value);
      },
    });
    const { pathname } = new URL(request.url);
    if (pathname === "/writes") return Response.json(writes);
    if (pathname === "/put") {
      await env.KV.put("holdfast:state", await request.text());
      return Response.json(null);
    }
    try {
      const report = await request.json() as Report;
      return Response.json(await store.sync(report, { rules: RULES, random: 0.5 }));
    } catch (error) {
      return Response.json({ error: String(error) });
    }
  },
};

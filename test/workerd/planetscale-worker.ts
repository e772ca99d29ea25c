/** A Worker on PlanetScale: one holdfast in global scope, a session in each request. */

import { env } from "cloudflare:workers";
import { workersRuntime } from "../../adapters/runtimes/workers.ts";
import { createHoldfastOn } from "../../src/holdfast.ts";
import { endpointsAt, journey } from "../planetscale/journey.ts";

const db = createHoldfastOn(workersRuntime, {
  endpoints: endpointsAt({ url: String(env["URL"]), nowhere: String(env["NOWHERE"]) }),
  readPreference: "secondaryPreferred",
  alerts: false,
});

export default {
  async fetch(request: Request, _: unknown, ctx: ExecutionContext): Promise<Response> {
    const name = new URL(request.url).pathname;
    try {
      return Response.json(await journey(db.session({ ctx }), name));
    } catch (error) {
      return Response.json({ error: String(error) });
    }
  },
};

/** A holdfast in a global, made as anywhere else: a Worker is no place like any other. */

import { scripted } from "../../adapters/connectors/scripted/mod.ts";
import { createHoldfast, isHoldfastError } from "../../mod.ts";

const db = createHoldfast({ endpoints: [{ id: "a", role: "primary", connector: scripted() }] });

export default {
  async fetch(
    request: Request,
    _env: unknown,
    ctx: { waitUntil(work: Promise<unknown>): void },
  ): Promise<Response> {
    const { pathname } = new URL(request.url);
    try {
      const { servedBy } = pathname === "/session"
        ? await db.session({ ctx }).query("select 1")
        : await db.query("select 1");
      return Response.json({ servedBy });
    } catch (error) {
      return Response.json(
        isHoldfastError(error) ? { code: error.code } : { error: String(error) },
      );
    }
  },
};

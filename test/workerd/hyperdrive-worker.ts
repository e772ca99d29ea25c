/** A Worker over Hyperdrive bindings as its user writes it: holdfast at module scope, a session in each request. */

import { env } from "cloudflare:workers";
import { type HyperdriveBinding, postgres } from "../../adapters/connectors/postgres/mod.ts";
import { workersRuntime } from "../../adapters/runtimes/workers.ts";
import { createHoldfastOn } from "../../src/holdfast.ts";
import type { QueryOptions } from "../../src/options/call.ts";

const [main, copy] = [env["MAIN"], env["COPY"]] as HyperdriveBinding[];

const db = createHoldfastOn(workersRuntime, {
  endpoints: [
    { id: "main", connector: postgres({ hyperdrive: main as HyperdriveBinding }) },
    { id: "copy", connector: postgres({ hyperdrive: copy as HyperdriveBinding }) },
  ],
  readPreference: "secondaryPreferred",
  probe: { timeoutMs: 500 },
  alerts: false,
});

interface Order {
  readonly texts: readonly string[];
  readonly params?: readonly unknown[];
  readonly options?: QueryOptions;
  readonly transaction?: boolean;
}

async function carryOut(
  { texts, params, options, transaction }: Order,
  ctx: ExecutionContext,
): Promise<unknown[]> {
  const session = db.session({ ctx });
  const answers: unknown[] = [];
  const told = ({ rows, servedBy }: { rows: unknown; servedBy?: string }): void =>
    void answers.push({ rows, servedBy });
  if (transaction !== true) {
    for (const text of texts) told(await session.query(text, params ?? [], options));
    return answers;
  }
  await session.transaction(async (tx) => {
    for (const text of texts) told(await tx.query(text, params ?? []));
  });
  return answers;
}

export default {
  async fetch(request: Request, _: unknown, ctx: ExecutionContext): Promise<Response> {
    if (request.method !== "POST") {
      return Response.json({ value: db.stats().endpoints.map(({ id, role }) => [id, role]) });
    }
    try {
      return Response.json({ value: await carryOut(await request.json() as Order, ctx) });
    } catch (error) {
      const { name, message, code, executed } = error as Error & Record<string, unknown>;
      return Response.json({ error: { name, message, code, executed } });
    }
  },
};

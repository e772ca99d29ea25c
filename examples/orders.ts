/**
 * The small application that each example deploys: orders out of a stock, over HTTP. What differs from platform to
 * platform is the program beside it: its connector, its store, and how long things live there.
 *
 * Its tables are in `orders.sql`.
 *
 * @module
 */

import { isHoldfastError, QueryError, type Session } from "holdfast";
import { isAuthorized } from "./token.ts";

/** No order is longer. In characters. */
const MAX_BODY = 1_000;
const HEALTH_TIMEOUT_MS = 2_000;
/** SQLSTATE check_violation: `stock` has none left. */
const NONE_LEFT = "23514";
/** SQLSTATE foreign_key_violation: no such item. */
const UNKNOWN_ITEM = "23503";

interface Order {
  /** Chosen by the client, so that an order that is sent twice counts once. */
  readonly key: string;
  readonly item: string;
}

/**
 * `GET /health`, `GET /orders`, and `POST /orders` with `{ "key", "item" }`, for whoever has the token. `session`
 * belongs to this request, so that it reads what it wrote.
 */
export async function orders(request: Request, session: Session, token: string): Promise<Response> {
  if (token === "" || !(await isAuthorized(request, token))) {
    const headers = { "www-authenticate": "Bearer" };
    return Response.json({ error: "Send the token: authorization: Bearer …" }, {
      status: 401,
      headers,
    });
  }
  try {
    const path = new URL(request.url).pathname.replace(/^\/api\//, "/");
    switch (`${request.method} ${path}`) {
      case "GET /health":
        return await health(session);
      case "GET /orders":
        return await list(session);
      case "POST /orders":
        return await place(session, await request.text());
      default:
        return Response.json({ error: "There are GET /health, GET and POST /orders" }, {
          status: 404,
        });
    }
  } catch (error) {
    return refusal(error);
  }
}

/** Whether a write would get through: the primary is asked. */
async function health(session: Session): Promise<Response> {
  const { servedBy, elapsedMs } = await session.query("select 1", [], {
    readPreference: "primary",
    timeoutMs: HEALTH_TIMEOUT_MS,
  });
  return Response.json({ status: "ok", servedBy, elapsedMs });
}

async function list(session: Session): Promise<Response> {
  const { rows, servedBy } = await session.query(
    "select key, item, placed_at from orders order by placed_at desc limit 100",
  );
  return Response.json({ orders: rows, servedBy });
}

/** Both rows or none. The whole is run again when the database certainly kept nothing of it. */
async function place(session: Session, body: string): Promise<Response> {
  const order = readOrder(body);
  if (order === undefined) {
    return Response.json({ error: 'Send { "key": "…", "item": "…" }' }, { status: 400 });
  }
  const placed = await session.transaction(async (tx) => {
    const { rowsAffected } = await tx.query(
      "insert into orders (key, item) values ($1, $2) on conflict (key) do nothing",
      [order.key, order.item],
    );
    if (rowsAffected === 0) return false;
    await tx.query("update stock set remaining = remaining - 1 where item = $1", [order.item]);
    return true;
  }, { attempts: 3 });
  return Response.json({ placed }, { status: placed ? 201 : 200 });
}

function readOrder(body: string): Order | undefined {
  try {
    const { key, item } = JSON.parse(body.length > MAX_BODY ? "" : body) as Partial<Order>;
    return typeof key === "string" && typeof item === "string" ? { key, item } : undefined;
  } catch {
    return undefined;
  }
}

/** What a client can act on. A write whose answer was lost may be sent again: its key counts once. */
function refusal(error: unknown): Response {
  if (error instanceof QueryError && error.sqlState === NONE_LEFT) {
    return Response.json({ error: "None left" }, { status: 409 });
  }
  if (error instanceof QueryError && error.sqlState === UNKNOWN_ITEM) {
    return Response.json({ error: "There is no such item" }, { status: 404 });
  }
  // For whoever runs it; nothing secret is in it.
  console.error(error instanceof Error ? `${error.name}: ${error.message}` : error);
  if (!isHoldfastError(error)) throw error;
  const { code, retryAfterMs = 1_000 } = error;
  if (error instanceof QueryError) {
    return Response.json({ error: "The database refused it: see the log", code }, { status: 500 });
  }
  return Response.json({ error: "Send it again, with the same key", code }, {
    status: 503,
    headers: { "retry-after": String(Math.ceil(retryAfterMs / 1_000)) },
  });
}

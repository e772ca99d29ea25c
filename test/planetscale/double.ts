/**
 * PlanetScale's HTTP API over real MariaDB servers.
 *
 * Written after what `@planetscale/database` 1.20.2 sends and reads (dist/index.js), what was captured of it
 * (shared/reference/edge.md, section 5) and the simulator of a PlanetScale engineer
 * (github.com/mattrobenolt/ps-http-sim: sessions, "already in use", Connect's error shape); error texts as
 * vttablet and vtgate word them (planetscale/database-js#103, vitess.io: go/mysql/sqlerror/sql_error.go).
 * `test/planetscale/driver.test.ts` shows that the real client works against it.
 */

import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import {
  type Backend,
  execute,
  isInTransaction,
  type Line,
  openLine,
  type WireResult,
} from "./backend.ts";
import { cut, type Fault } from "./faults.ts";
import { APP, type MariadbServer } from "./mariadb.ts";

/** A session as it travels; opaque to a client. */
interface Session {
  readonly signature: string;
  readonly vitessSession: {
    readonly SessionUUID: string;
    readonly autocommit: true;
    readonly inTransaction?: true;
    readonly targetString?: string;
  };
}

/** Passwords and whom they lead to. PlanetScale makes them for a branch, or for its replicas. */
export const READER = { user: "reader", password: "r3ad/er:@" } as const;

/** The double. */
export class Double implements AsyncDisposable {
  readonly #server: Server;
  readonly #servers: { readonly primary: MariadbServer; readonly replica: MariadbServer };
  readonly #lines = new Map<string, Line>();
  readonly #busy = new Set<string>();
  readonly #free: Line[] = [];
  readonly #faults: { fault: Fault; left: number }[] = [];
  #sessions = 0;
  /** Every statement that arrived, in order. */
  readonly log: string[] = [];
  /** The statements that came for a session that was there already, each with its name. */
  readonly trail: { readonly session: string; readonly query: string }[] = [];
  /** How many requests were given up by the client before they were answered. */
  abandoned = 0;
  /** Told when a statement has arrived, before anything is done for it. */
  onArrival: ((query: string) => void) | undefined;

  constructor(servers: { readonly primary: MariadbServer; readonly replica: MariadbServer }) {
    this.#servers = servers;
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => {
        // A client that has gone takes its answer with it.
        if (!response.destroyed) response.writeHead(500).end(String(error));
      });
    });
  }

  async start(): Promise<this> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return this;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The URL of the branch, or with a password for its replicas. */
  url({ user, password }: { readonly user: string; readonly password: string } = APP): string {
    return `http://${user}:${encodeURIComponent(password)}@127.0.0.1:${this.port}`;
  }

  /** From now on; what is set later comes first. */
  fault(fault: Fault): void {
    this.#faults.unshift({ fault, left: fault.times ?? Infinity });
  }

  heal(): void {
    this.#faults.length = 0;
  }

  /** How many sessions hold a connection: a transaction, or a setting. */
  get held(): number {
    return this.#lines.size;
  }

  /** Ends what the sessions hold, as a vttablet that restarts does. */
  forget(): void {
    for (const line of this.#lines.values()) line.connection.destroy();
    this.#lines.clear();
  }

  /** Closes connections nobody holds: a right given later is that of new ones. */
  dropIdle(): void {
    for (const line of this.#free.splice(0)) line.connection.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.forget();
    this.dropIdle();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.once("close", () => {
      if (!response.writableEnded) this.abandoned++;
    });
    let body = "";
    request.setEncoding("utf8");
    for await (const chunk of request) body += String(chunk);
    const { query = "", session = null } = JSON.parse(body) as {
      query?: string;
      session?: Session | null;
    };
    this.log.push(query);
    if (session !== null) this.trail.push({ session: session.vitessSession.SessionUUID, query });
    this.onArrival?.(query);
    const fault = this.#takeFault(query);
    if (fault?.kind === "answer") {
      response.writeHead(fault.status, fault.headers).end(fault.body);
      return;
    }
    if (fault?.kind === "reset") return cut(request, response);
    if (fault?.kind === "black hole" && fault.works !== true) return;
    if (fault?.kind === "delay") await new Promise((resolve) => setTimeout(resolve, fault.ms));
    const isReader = this.#isReader(request);
    if (isReader === undefined) {
      const error = { code: "unauthenticated", message: "invalid username/password" };
      response.writeHead(401, { "content-type": "application/json" }).end(JSON.stringify(error));
      return;
    }
    const answer = request.url?.endsWith("/CreateSession") === true
      ? { branch: "main", user: { username: APP.user }, session: this.#newSession() }
      : await this.#execute(query, session ?? this.#newSession(), isReader);
    if (fault?.kind === "black hole") return;
    const text = JSON.stringify(answer);
    response.writeHead(200, {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(text),
    });
    if (fault?.kind === "drop") {
      if (fault.afterBytes > 0) response.write(text.slice(0, fault.afterBytes));
      setImmediate(() => cut(request, response));
      return;
    }
    response.end(text);
  }

  #takeFault(query: string): Fault | undefined {
    const found = this.#faults.find(({ fault, left }) =>
      left > 0 && (fault.on?.test(query) ?? true)
    );
    if (found !== undefined) found.left--;
    return found?.fault;
  }

  /** Whether the password is one for replicas; `undefined`: it is none. */
  #isReader(request: IncomingMessage): boolean | undefined {
    const told = Buffer.from(request.headers.authorization?.replace("Basic ", "") ?? "", "base64")
      .toString();
    if (told === `${READER.user}:${READER.password}`) return true;
    return told === `${APP.user}:${APP.password}` ? false : undefined;
  }

  #newSession(): Session {
    const SessionUUID = `session-${++this.#sessions}`;
    return { signature: "c2lnbmVk", vitessSession: { SessionUUID, autocommit: true } };
  }

  async #execute(
    query: string,
    session: Session,
    isReader: boolean,
  ): Promise<{ session: Session; result?: WireResult; error?: unknown; timing?: number }> {
    const { SessionUUID: id, inTransaction, targetString } = session.vitessSession;
    if (this.#busy.has(id)) {
      return {
        session,
        error: { code: "PERMISSION_DENIED", message: `session already in use: ${id}` },
      };
    }
    const used = /^use (@\w+)$/.exec(query)?.[1];
    if (used !== undefined) {
      return {
        session: { ...session, vitessSession: { ...session.vitessSession, targetString: used } },
        result: {},
      };
    }
    if (query.startsWith("set @@boost_cached_queries")) return { session, result: {} };
    const toReplica = isReader || targetString === "@replica";
    this.#busy.add(id);
    try {
      const line = await this.#lineOf(id, inTransaction === true, toReplica);
      if (line === undefined) return { session: without(session), error: GONE };
      return await this.#run(query, session, line);
    } finally {
      this.#busy.delete(id);
    }
  }

  async #lineOf(id: string, inTransaction: boolean, toReplica: boolean): Promise<Line | undefined> {
    const held = this.#lines.get(id);
    if (held?.isOpen === true) return held;
    this.#lines.delete(id);
    if (inTransaction) return undefined;
    const { port } = toReplica ? this.#servers.replica : this.#servers.primary;
    const at = this.#free.findIndex((line) => line.isOpen && line.backend.port === port);
    const [free] = at < 0 ? [] : this.#free.splice(at, 1);
    const backend: Backend = { port, ...APP };
    return free ?? await openLine(backend);
  }

  async #run(
    query: string,
    session: Session,
    line: Line,
  ): Promise<{ session: Session; result?: WireResult; error?: unknown; timing?: number }> {
    const { SessionUUID: id } = session.vitessSession;
    line.isSet ||= /^\s*(?:set|use|create temporary)\b/i.test(query);
    let result: WireResult | undefined;
    let failed: unknown;
    try {
      result = await execute(line, query);
    } catch (error) {
      failed = error;
    }
    const isOpen = line.isOpen && await isInTransaction(line).catch(() => {
      // Killed while it was asked: no event of its own tells that, and nobody may be given it.
      line.isOpen = false;
      return false;
    });
    if (isOpen || line.isSet) this.#lines.set(id, line);
    else {
      this.#lines.delete(id);
      if (line.isOpen) this.#free.push(line);
    }
    const { inTransaction: _, ...rest } = session.vitessSession;
    const next: Session = {
      signature: session.signature,
      vitessSession: isOpen ? { ...rest, inTransaction: true } : rest,
    };
    if (result !== undefined) return { session: next, result, timing: 0.001 };
    return { session: next, error: { code: "UNKNOWN", message: vttablet(failed, query) } };
  }
}

function without(session: Session): Session {
  const { inTransaction: _, ...vitessSession } = session.vitessSession;
  return { ...session, vitessSession };
}

const GONE = {
  code: "UNKNOWN",
  message:
    "target: app.-.primary: vttablet: rpc error: code = Aborted desc = transaction 1700000000000001: " +
    "ended at 2026-01-01 00:00:00.000 UTC (exceeded timeout: 20s) (CallerID: app)",
};

/** gRPC's word that vttablet gives for a MySQL error (go/vt/vttablet/tabletserver/tabletserver.go). */
const RPC: Readonly<Record<number, string>> = {
  1062: "AlreadyExists",
  1064: "InvalidArgument",
  1146: "NotFound",
  1205: "DeadlineExceeded",
  1213: "Aborted",
  1290: "Code(17)",
  1836: "Code(17)",
};

/** MySQL's error as it comes through vttablet. */
function vttablet(error: unknown, query: string): string {
  const { errno = 2013, sqlState = "HY000", sqlMessage = String(error) } = error as {
    errno?: number;
    sqlState?: string;
    sqlMessage?: string;
  };
  return `target: app.-.primary: vttablet: rpc error: code = ${RPC[errno] ?? "Unknown"} desc = ` +
    `${sqlMessage} (errno ${errno}) (sqlstate ${sqlState}) (CallerID: app): ` +
    `Sql: "${query.replaceAll(/'[^']*'/g, ":v1")}", BindVars: {REDACTED}`;
}

/** Starts a double over two servers. */
export function startDouble(servers: {
  readonly primary: MariadbServer;
  readonly replica: MariadbServer;
}): Promise<Double> {
  return new Double(servers).start();
}

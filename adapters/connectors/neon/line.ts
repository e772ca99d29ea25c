/**
 * A line to the server: the PostgreSQL protocol through a WebSocket, spoken by the driver, ended by us.
 *
 * @module
 */

import { Failure } from "../../../src/model/failure.ts";
import type { Answer, ServerWarning } from "../../../src/model/result.ts";
import type { BackendKey } from "../pg-server/cancelling.ts";
import { clientFailure, lineFailure, serverFailure } from "../pg-server/failure.ts";
import { isEnding } from "../pg-server/fields.ts";
import type { Limit } from "../pg-server/limit.ts";
import { syncWaitWarning } from "../pg-server/sync-wait.ts";
import { type DriverClass, type DriverClient, type DriverResult, loadDriver } from "./driver.ts";
import type { Target, WebSocketClass } from "./options.ts";
import { replied } from "./post.ts";
import { loginRefusal } from "./refusal.ts";
import { fieldsOf } from "./reported.ts";
import { Wire } from "./wire.ts";

/** How long a goodbye may take before the line is left to itself. */
const GOODBYE_MS = 1000;
/** The message Terminate (PostgreSQL manual, "Message Formats"). */
const TERMINATE: readonly number[] = [88, 0, 0, 0, 4];
/** The server's word for "in no transaction" (PostgreSQL manual, "ReadyForQuery"). */
const IDLE = "I";

/** Everything is read by `values.ts`. */
const TEXTS = { getTypeParser: () => (text: string): string => text };

/** The WebSocket of this place, or the caller's. Throws a `Failure` where there is none. */
export function webSocketOf({ webSocket }: Target): WebSocketClass {
  const here = webSocket ?? (globalThis as { readonly WebSocket?: unknown }).WebSocket;
  // Every place's own fits; their types differ in what is not used here.
  if (typeof here === "function") return here as WebSocketClass;
  const message =
    "There is no WebSocket here, which transactions need: give the option webSocket, for example `WebSocket` of the package ws";
  throw clientFailure(message, "NO_WEBSOCKET", "connecting", "broken");
}

/** Opens a line and logs in, within `limit`. Rejects with a `Failure` in phase `connecting`. */
export async function openLine(
  target: Target,
  password: string | undefined,
  limit: Limit,
  lost: (failure: Failure) => void,
): Promise<Line> {
  const Client = await limit.race(loadDriver());
  const line = new Line(target, password ?? "", Client, lost);
  const undo = limit.whenUp((failure) => line.die(failure));
  try {
    await line.login();
    return line;
  } finally {
    undo();
  }
}

/** One line. Runs one statement at a time, which its connection sees to. */
export class Line {
  readonly #client: DriverClient;
  readonly #wire: Wire;
  readonly #onLost: (failure: Failure) => void;
  #state: "login" | "open" | "over" = "login";
  #reject: ((failure: Failure) => void) | undefined;
  #warning: ServerWarning | undefined;
  /** As the server said when it was last ready. */
  isInTransaction = false;

  /** `lost` is told of an end from the other side. Throws a `Failure`. */
  constructor(
    target: Target,
    password: string,
    Client: DriverClass,
    lost: (failure: Failure) => void,
  ) {
    this.#onLost = lost;
    try {
      this.#wire = new Wire(webSocketOf(target), target.webSocketUrl, {
        lost: (code) => this.die(lineFailure(code ?? "CONNECTION_CLOSED", this.#phase)),
        garbled: () => this.die(lineFailure("PROTOCOL", this.#phase)),
      });
    } catch (error) {
      if (error instanceof Failure) throw error;
      const message = error instanceof Error ? error.message : "no reason given";
      const text = `A WebSocket could not be made: ${message.replaceAll(/\w+:\/\/\S+/g, "…")}`;
      throw new Failure({
        origin: "network",
        phase: "connecting",
        message: text,
        connection: "broken",
      });
    }
    this.#client = clientOf(target, password, Client, this.#wire);
    this.#watch();
  }

  get usable(): boolean {
    return this.#state === "open";
  }

  /** What a cancel needs; none before the server has told. */
  get key(): BackendKey | undefined {
    const { processID: pid, secretKey: secret } = this.#client;
    return pid === null || secret === null ? undefined : { pid, secret };
  }

  async login(): Promise<void> {
    const connected = this.#client.connect();
    // Not before: where the login is sent in one piece, the driver removes whoever listens so far.
    const ready = new Promise<void>((resolve) => {
      this.#client.connection.on("readyForQuery", ({ status }) => {
        this.isInTransaction = status !== IDLE;
        resolve();
      });
    });
    // There it also takes itself for connected when it has sent, and would let a statement go on with a login
    // that is refused. One round trip buys that a refusal is known to have run nothing.
    await this.#under(Promise.all([connected, ready]));
    this.#state = "open";
  }

  async run(text: string, params: readonly (string | null)[]): Promise<Answer> {
    this.#warning = undefined;
    const told = await this.#under(this.#client.query({
      text,
      // Without parameters it is sent in the way that allows for several statements.
      ...(params.length === 0 ? {} : { values: [...params] }),
      rowMode: "array",
      types: TEXTS,
    }));
    const answer = answerOf(told);
    return this.#warning === undefined ? answer : { ...answer, warning: this.#warning };
  }

  /** The only end there is, whoever saw it first. Tells whoever waits; else, of an end not ours, the owner. */
  die(failure: Failure): void {
    if (this.#state === "over") return;
    const reject = this.#reject;
    const isIdle = reject === undefined && this.#state === "open";
    this.#state = "over";
    this.#wire.close();
    reject?.(failure);
    if (isIdle) this.#onLost(failure);
  }

  /** Ends it at once; what runs is not told. */
  cut(): void {
    this.#state = "over";
    this.#wire.close();
  }

  /** Says goodbye properly. Never rejects. */
  close(): Promise<void> {
    this.#state = "over";
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, GOODBYE_MS);
      void this.#wire.goodbye(new Uint8Array(TERMINATE)).then(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  get #phase(): "connecting" | "sent" {
    return this.#state === "login" ? "connecting" : "sent";
  }

  /** Settles with the driver's promise or with the line's end, which the driver does not hear of. */
  async #under<T>(work: Promise<T>): Promise<T> {
    const ended = new Promise<never>((_, reject) => this.#reject = reject);
    try {
      return await Promise.race([work, ended]);
    } catch (error) {
      throw this.#failed(error);
    } finally {
      this.#reject = undefined;
    }
  }

  #failed(error: unknown): Failure {
    if (error instanceof Failure) return error;
    const fields = fieldsOf(error);
    let failure: Failure;
    if (fields.severity !== undefined) {
      failure = this.#state === "login" ? loginRefusal(fields) : serverFailure(fields, "answering");
    } else if (this.#state === "login") {
      failure = lineFailure("PROTOCOL", "connecting", "The login failed on this side");
    } else {
      failure = lineFailure("PROTOCOL", "sent");
    }
    if (failure.connection === "broken") {
      this.#reject = undefined;
      this.cut();
    }
    return failure;
  }

  #watch(): void {
    const client = this.#client;
    client.on("notice", (notice) => {
      this.#warning = syncWaitWarning(fieldsOf(notice)) ?? this.#warning;
    });
    // What the server says unasked ends the session; without a listener it would end the process.
    client.on("error", (error) => {
      const fields = fieldsOf(error);
      const phase = this.#phase;
      this.die(isEnding(fields) ? serverFailure(fields, phase) : lineFailure("PROTOCOL", phase));
    });
    // Its promise is nobody's: a malformed SCRAM message would end the process.
    const proceed = client._handleAuthSASLContinue.bind(client);
    client._handleAuthSASLContinue = (message) =>
      proceed(message).catch(() => this.die(lineFailure("SASL_SIGNATURE_MISMATCH", "connecting")));
  }
}

function clientOf(
  target: Target,
  password: string,
  Client: DriverClass,
  wire: Wire,
): DriverClient {
  const { host, port = 5432, user, database, applicationName, options } = target;
  const client = new Client({
    host,
    port,
    user,
    password,
    database,
    application_name: applicationName,
    ...(options === undefined ? {} : { options }),
    ssl: false,
  });
  const { neonConfig } = client;
  neonConfig.webSocketConstructor = function (): Wire {
    return wire;
  };
  neonConfig.wsProxy = () => host;
  // In one with the login, which only a password in clear text allows; Neon takes one, through TLS.
  neonConfig.pipelineConnect = target.webSocketUrl.startsWith("wss:") ? "password" : false;
  return client;
}

function answerOf(told: DriverResult | readonly DriverResult[]): Answer {
  // A script's answer is its last statement's.
  const last = isSeveral(told) ? told.at(-1) : told;
  return replied({
    fields: (last?.fields ?? []).map(({ name, dataTypeID }) => ({ name, type: dataTypeID })),
    rows: last?.rows ?? [],
    command: last?.command ?? "",
    count: last?.rowCount ?? 0,
  });
}

function isSeveral(told: DriverResult | readonly DriverResult[]): told is readonly DriverResult[] {
  return Array.isArray(told);
}

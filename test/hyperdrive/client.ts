/** One client of the double: its login, and its statements on whichever session is free. */

import type { Socket } from "node:net";
import { Cutter, type Message, message, ready, refusal, textAt } from "./messages.ts";
import type { Double, Fault } from "./double.ts";
import type { Session } from "./session.ts";

/** The code numbers of a client's first message (manual, "SSLRequest", "CancelRequest"). */
const SSL_REQUEST = 80877103;
const CANCEL_REQUEST = 80877102;

/** A Parse as the client sent it. */
interface Prepared {
  readonly text: string;
  /** What stands after name and text. */
  readonly types: Buffer;
}

const NO_FAULT: Fault = { kind: "none" };

let count = 0;

export class Client {
  readonly #double: Double;
  readonly #socket: Socket;
  readonly #cutter = new Cutter();
  readonly #prefix = `c${++count}_`;
  readonly #statements = new Map<string, Prepared>();
  #loggedIn = false;
  #group: Message[] = [];
  #session: Session | undefined;
  #skipping = false;
  #turn: Promise<void> = Promise.resolve();
  /** Of each Parse under way, whether the client knows of it. */
  #parses: boolean[] = [];
  #answer: Buffer[] = [];
  #failed = false;
  #holding = false;
  #onReady: (status: string) => void = () => {};

  constructor(double: Double, socket: Socket) {
    this.#double = double;
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => {
      const messages = this.#cutter.push(chunk, (bytes) => this.#first(bytes));
      for (const each of messages) {
        this.#turn = this.#turn.then(() => this.#take(each)).catch(() => this.end());
      }
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#session?.end();
      this.#onReady("gone");
    });
  }

  end(): void {
    this.#socket.destroy();
  }

  /** The login is answered here, whatever the server does. */
  #first(bytes: Buffer): boolean {
    if (this.#loggedIn || bytes.length === 0) return !this.#loggedIn;
    const code = bytes.readUInt32BE(4);
    if (code === SSL_REQUEST) {
      this.#socket.write("N");
    } else if (code === CANCEL_REQUEST) {
      this.#double.cancels++;
      this.end();
    } else {
      this.#loggedIn = true;
      // What some server said at some time: "in_hot_standby" is no word about now.
      const told = { server_version: "18.0", client_encoding: "UTF8", in_hot_standby: "off" };
      const parameters = Object.entries(told).map((pair) => message("S", `${pair.join("\0")}\0`));
      const key = message("K", Buffer.alloc(8));
      const parts = [message("R", Buffer.alloc(4)), ...parameters, key, ready()];
      this.#socket.write(Buffer.concat(parts));
    }
    return true;
  }

  async #take(each: Message): Promise<void> {
    if (each.type === "X") return this.end();
    if (this.#skipping && each.type !== "S") return;
    this.#group.push(each);
    if (each.type === "H") await this.#pass();
    if (each.type === "S" || each.type === "Q") await this.#finish();
  }

  async #finish(): Promise<void> {
    const { cache } = this.#double;
    const isSync = this.#group.at(-1)?.type === "S";
    // An empty text is the end of a login, which no database is needed for.
    const isEmpty = !isSync && this.#group.at(-1)?.bytes.length === 6;
    const fault: Fault = isEmpty ? NO_FAULT : this.#double.fault;
    if (this.#skipping) {
      this.#skipping = false;
      this.#group = [];
      this.#socket.write(ready());
      return;
    }
    if (fault.kind === "drop" && fault.when === "before") return this.end();
    if (fault.kind === "answer" && fault.when === "before") {
      this.#group = [];
      this.#socket.write(Buffer.concat([refusal("58000", fault.message), ready()]));
      this.#session?.end();
      this.#session = undefined;
      return;
    }
    const key = isSync ? this.#keyOf(this.#group) : undefined;
    const kept = key === undefined ? undefined : cache.find(key);
    if (kept !== undefined) {
      for (const each of this.#group) this.#note(each);
      this.#group = this.#group.slice(-1);
      this.#socket.write(Buffer.concat(kept));
      if (this.#session === undefined) {
        this.#group = [];
        this.#socket.write(ready());
        return;
      }
    }
    this.#answer = [];
    this.#failed = false;
    this.#holding = fault.kind !== "none";
    const over = new Promise<string>((resolve) => this.#onReady = resolve);
    if (!await this.#pass()) return;
    const status = await over;
    if (status === "gone") return;
    if (fault.kind === "drop") return this.end();
    if (fault.kind === "answer") {
      this.#socket.write(Buffer.concat([refusal("58000", fault.message), ready()]));
    } else if (key !== undefined && kept === undefined && !this.#failed) {
      cache.keep(key, this.#answer);
    }
    if (status === "I") await this.#giveBack();
    if (fault.kind === "none") this.#socket.write(ready(status as "I"));
  }

  /** Sends what came together to a session; false when there is none. */
  async #pass(): Promise<boolean> {
    const group = this.#group;
    this.#group = [];
    let session = this.#session;
    if (session === undefined) {
      try {
        session = await this.#double.takeSession();
      } catch {
        this.#socket.write(
          refusal("58000", "Server connection attempt failed: connection_refused"),
        );
        this.#skipping = group.at(-1)?.type === "H";
        if (!this.#skipping) this.#socket.write(ready());
        return false;
      }
      if (this.#socket.destroyed) {
        session.end();
        return false;
      }
      this.#session = session;
      session.hear = (heard) => this.#heard(heard);
      session.lost = () => this.end();
    }
    session.send(...group.flatMap((each) => this.#translate(each, session)));
    return true;
  }

  #heard({ type, bytes }: Message): void {
    if (type === "1" && this.#parses.shift() === false) return;
    if (type === "E") this.#failed = true;
    if (type === "Z") {
      this.#parses = [];
      return this.#onReady(String.fromCharCode(bytes[5] ?? 0));
    }
    this.#answer.push(bytes);
    if (!this.#holding) this.#socket.write(bytes);
  }

  async #giveBack(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    if (session !== undefined) await this.#double.giveBack(session);
  }

  /** The same with names of the double's own, and first a Parse where the session has not seen the statement. */
  #translate(each: Message, session: Session): Buffer[] {
    this.#note(each);
    const { type, bytes } = each;
    if (type === "P") {
      const [name] = textAt(bytes, 5);
      this.#parses.push(true);
      if (name === "") return [bytes];
      session.prepared.add(this.#prefix + name);
      return [this.#parse(name)];
    }
    const at = type === "B" ? textAt(bytes, 5)[1] : 6;
    const isNamed = type === "B" || ((type === "D" || type === "C") && bytes[5] === 83);
    if (!isNamed) return [bytes];
    const [name, next] = textAt(bytes, at);
    if (name === "") return [bytes];
    const own = this.#prefix + name;
    const renamed = message(type, bytes.subarray(5, at), `${own}\0`, bytes.subarray(next));
    if (session.prepared.has(own) || !this.#statements.has(name)) return [renamed];
    session.prepared.add(own);
    this.#parses.push(false);
    return [this.#parse(name), renamed];
  }

  #note({ type, bytes }: Message): void {
    if (type !== "P") return;
    const [name, from] = textAt(bytes, 5);
    const [text, next] = textAt(bytes, from);
    this.#statements.set(name, { text, types: bytes.subarray(next) });
  }

  #parse(name: string): Buffer {
    const { text = "", types = Buffer.alloc(2) } = this.#statements.get(name) ?? {};
    return message("P", `${this.#prefix}${name}\0${text}\0`, types);
  }

  #keyOf(group: readonly Message[]): string | undefined {
    const bind = group.find(({ type }) => type === "B");
    const parse = group.find(({ type }) => type === "P");
    if (bind === undefined) return undefined;
    const [name, next] = textAt(bind.bytes, textAt(bind.bytes, 5)[1]);
    const text = parse === undefined
      ? this.#statements.get(name)?.text
      : textAt(parse.bytes, textAt(parse.bytes, 5)[1])[0];
    const kinds = group.map(({ type }) => type).join("");
    const rest = `${kinds} ${bind.bytes.toString("latin1", next)}`;
    return text === undefined ? undefined : this.#double.cache.keyOf(text, rest);
  }
}

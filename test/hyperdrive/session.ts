/** A session of the real server behind the double, lent to one client for one transaction. */

import { connect, type Socket } from "node:net";
import { Cutter, type Message, message } from "./messages.ts";

/** What one client may leave behind is taken away before the next one gets it (Hyperdrive: `RESET`). */
const RESET = "reset all; select pg_advisory_unlock_all()";

export class Session {
  /** The statements prepared on it, by the double's own names. */
  readonly prepared: Set<string> = new Set();
  /** Hears what the server says to its present client. */
  hear: (message: Message) => void = () => {};
  lost: () => void = () => {};
  readonly #socket: Socket;
  readonly #cutter = new Cutter();

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => {
      for (const each of this.#cutter.push(chunk)) this.hear(each);
    });
    socket.on("error", () => {});
    socket.on("close", () => this.lost());
  }

  /** Rejects when the server does not let it in. */
  static async open(port: number, user: string, database: string): Promise<Session> {
    const socket = connect({ host: "127.0.0.1", port, noDelay: true });
    const session = new Session(socket);
    const version = Buffer.from([0, 3, 0, 0]);
    const given = `user\0${user}\0database\0${database}\0\0`;
    await session.#until("Z", () => socket.write(message("", version, given)));
    return session;
  }

  get open(): boolean {
    return !this.#socket.destroyed;
  }

  send(...messages: readonly Buffer[]): void {
    this.#socket.write(Buffer.concat(messages));
  }

  /** Free for the next client afterwards. */
  async reset(): Promise<void> {
    await this.#until("Z", () => this.send(message("Q", `${RESET}\0`)));
  }

  end(): void {
    this.#socket.destroy();
  }

  #until(type: string, begin: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const over = (settle: () => void): void => {
        this.hear = () => {};
        this.lost = () => {};
        settle();
      };
      this.hear = (heard) => {
        if (heard.type === type) over(resolve);
        if (heard.type === "E") over(() => reject(new Error(heard.bytes.toString("latin1"))));
      };
      this.lost = () => over(() => reject(new Error("The server is gone")));
      begin();
    });
  }
}

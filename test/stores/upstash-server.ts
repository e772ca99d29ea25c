/**
 * Upstash's REST protocol over a real Redis, as much of it as one command needs.
 *
 * As documented at https://upstash.com/docs/redis/features/restapi: `POST /` with the command as a JSON array and
 * `Authorization: Bearer …`; the answer is `{ "result": … }`, or `{ "error": … }` with status 400 (401 for a wrong
 * token). `POST /pipeline` takes several and answers a list of the same; the client makes one of all that is
 * asked in one turn. With `Upstash-Encoding: base64` the texts of a result are in base64, all but `OK`.
 */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A server that answers. */
export interface UpstashServer {
  readonly url: string;
  readonly token: string;
  /** Commands so far. */
  readonly commands: () => number;
  /** Answers the next ones like this, instead of asking Redis; `undefined`: no more. */
  readonly fail: (answer: { status: number; error: string } | undefined) => void;
  readonly stop: () => Promise<void>;
}

const TOKEN = "a-token-that-nobody-should-see";

/** Starts one that passes commands on. */
export async function startUpstash(
  run: (command: readonly string[]) => Promise<unknown>,
): Promise<UpstashServer> {
  let commands = 0;
  let failure: { status: number; error: string } | undefined;
  const server = createServer((request, response) => {
    const answer = (status: number, body: unknown): void => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    };
    const inBase64 = request.headers["upstash-encoding"] === "base64";
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      commands++;
      if (request.headers.authorization !== `Bearer ${TOKEN}`) {
        return answer(401, { error: "WRONGPASS invalid or missing auth token" });
      }
      if (failure !== undefined) return answer(failure.status, { error: failure.error });
      const sent = JSON.parse(Buffer.concat(chunks).toString()) as unknown[]; // the client's own
      const runOne = (command: unknown[]): Promise<Outcome> =>
        run(command.map(String)).then(
          (result) => ({ result: inBase64 ? encode(result) : result }),
          (error: unknown) => ({ error: error instanceof Error ? error.message : String(error) }),
        );
      if (request.url === "/pipeline") {
        void Promise.all((sent as unknown[][]).map(runOne)).then((all) => answer(200, all));
        return;
      }
      void runOne(sent).then((one) => answer("error" in one ? 400 : 200, one));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // a server on TCP
  return {
    url: `http://127.0.0.1:${port}`,
    token: TOKEN,
    commands: () => commands,
    fail: (answer) => void (failure = answer),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

type Outcome = { readonly result: unknown } | { readonly error: string };

function encode(result: unknown): unknown {
  if (Array.isArray(result)) return result.map(encode);
  if (typeof result !== "string" || result === "OK") return result;
  return Buffer.from(result).toString("base64");
}

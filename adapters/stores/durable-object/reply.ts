/**
 * What goes back from the object: an answer, or why there is none.
 *
 * An error that is thrown over RPC loses its class, and is an uncaught one in the object's log. So nothing is thrown
 * there that can be said.
 *
 * @module
 */

import {
  FailoverError,
  type HoldfastError,
  isHoldfastError,
  StoreError,
  UsageError,
} from "../../../src/errors.ts";

/** What an RPC resolves with. Old and new code meet during a deploy: fields are only ever added. */
export type Reply =
  | { readonly done: unknown }
  | { readonly refused: { readonly code: string; readonly message: string } };

/** Does it, and puts what came of it into a reply. Never rejects. */
export async function replyTo(work: () => unknown): Promise<Reply> {
  try {
    return { done: await work() };
  } catch (error) {
    const { code, message } = isHoldfastError(error) ? error : STRANGE;
    return { refused: { code, message } };
  }
}

/** Another error's words may hold anything, an address with a password too. */
const STRANGE = {
  code: "STORE",
  message: "The coordinator failed, and did nothing. It goes on with the next call.",
};

/** The answer in a reply. Throws what was refused. */
export function readReply(reply: unknown): unknown {
  if (typeof reply === "object" && reply !== null) {
    if ("done" in reply) return reply.done;
    if ("refused" in reply) throw refusalOf(reply.refused);
  }
  throw strangeAnswer();
}

/** The object is of another make. */
export function strangeAnswer(): StoreError {
  return new StoreError(
    "The durable-object store's object answered what no coordinator answers: is the binding that of the class " +
      "which extends `coordinator(DurableObject)`?",
  );
}

function refusalOf(refused: unknown): HoldfastError {
  const { code, message } = { ...STRANGE, ...(typeof refused === "object" ? refused : {}) };
  const text = String(message);
  switch (code) {
    case "FAILOVER":
      return new FailoverError(text);
    case "USAGE":
      return new UsageError(text);
    default:
      return new StoreError(text);
  }
}

/**
 * A connector that is watched: whoever asks a question of its own over it (a probe, a check) is not counted.
 *
 * @module
 */

import type { Answer, Connection, Connector, Row, RunOptions } from "../../mod.ts";

/**
 * The same connector, which tells each time one text is sent over any of its connections.
 *
 * @param sent called just before
 */
export function watched(connector: Connector, text: string, sent: () => void): Connector {
  const renew = connector.renew?.bind(connector);
  return {
    ...connector,
    ...(renew === undefined ? {} : { renew: () => watched(renew(), text, sent) }),
    connect: async (options) => watchedConnection(await connector.connect(options), text, sent),
  };
}

function watchedConnection(connection: Connection, text: string, sent: () => void): Connection {
  const run = connection.run.bind(connection);
  connection.run = function <R = Row>(
    asked: string,
    params: readonly unknown[],
    options: RunOptions,
  ): Promise<Answer<R>> {
    if (asked === text) sent();
    // What it was: the driver's own method, with the result type the caller asks for.
    return run(asked, params, options) as Promise<Answer<R>>;
  };
  return connection;
}

/** What a worker that has the connector's contract in it answers: `/cases` lists it, `/run/<name>` plays one case. */

import { connectorContract, type ConnectorGround } from "../contract/connector/mod.ts";

/** A case as the worker tells of it. */
export interface ToldCase {
  readonly name: string;
  /** Why it cannot be played. */
  readonly why?: string;
}

export async function answer(path: string, ground: ConnectorGround): Promise<Response> {
  const cases = connectorContract();
  if (path === "/cases") {
    return Response.json(cases.map(({ name, impossible }) => {
      return { name, why: impossible?.(ground.connector) };
    }));
  }
  const name = decodeURIComponent(path.replace("/run/", ""));
  const found = cases.find((one) => one.name === name);
  try {
    if (found === undefined) throw new Error(`There is no case ${name}`);
    await found.run(ground);
    return Response.json("passed");
  } catch (error) {
    return Response.json(error instanceof Error ? error.stack : String(error));
  }
}

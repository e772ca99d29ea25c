/** What a worker that has a contract in it answers: `/cases` lists them, `/run/<name>` runs one. */

import { caseNames, runCase } from "./tiny-vitest.ts";

export async function answer(path: string): Promise<Response> {
  if (path === "/cases") return Response.json(caseNames());
  const name = decodeURIComponent(path.replace("/run/", ""));
  try {
    await runCase(name);
    return Response.json("passed");
  } catch (error) {
    return Response.json(error instanceof Error ? error.stack : String(error));
  }
}

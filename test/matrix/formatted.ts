/**
 * A page as `deno fmt` wants it.
 */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT, run } from "../../scripts/step.ts";

/** Formats a text in Markdown. */
export async function formatted(text: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-page-"));
  const file = join(folder, "page.md");
  try {
    writeFileSync(file, text);
    const ended = await run("deno", ["fmt", "--quiet", "--config", join(ROOT, "deno.json"), file]);
    if (ended.code !== 0) throw new Error(ended.stderr);
    return readFileSync(file, "utf8");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * `deno doc --lint`, as far as holdfast wants it: every public name is documented and no public type
 * leans on a hidden one. Members are let off: most say all there is to say by name and type.
 *
 * @module
 */

import { run } from "./step.ts";

/** One complaint: `error[rule]: message`, then the place, then the line of source. */
const COMPLAINT: RegExp = /^error\[([\w-]+)\]: .*\n\s+--> (.*?):(\d+):(\d+)\n.*\n\s*\d+ \| (.*)$/gm;

/** Resolves to the complaints that count, one line each, or to an empty string. */
export async function complaintsAboutDocs(files: readonly string[]): Promise<string> {
  const ended = await run("deno", ["doc", "--lint", "--quiet", ...files]);
  if (ended.code === 0) return "";
  const found = [...`${ended.stdout}${ended.stderr}`.matchAll(COMPLAINT)];
  if (found.length === 0) return `deno doc --lint failed:\n${ended.stderr}`;
  return found
    // A driver's own types are its package's to document.
    .filter(([, rule, , , , source]) =>
      rule !== "private-type-ref" || !/postgresjs\./.test(source ?? "")
    )
    .filter(([, rule, , , , source]) => rule !== "missing-jsdoc" || /^export\b/.test(source ?? ""))
    .map(([, rule, file, line, , source]) => `${file}:${line}: ${rule}: ${source?.trim()}`)
    .join("\n");
}

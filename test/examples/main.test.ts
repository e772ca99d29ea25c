import { spawnSync } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const program = fileURLToPath(new URL("../../examples/demo/main.ts", import.meta.url));

function demo(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [program, ...args], { encoding: "utf8" });
}

describe("main", () => {
  test("main exits 2 on a wrong option, with a message and nothing on standard output", () => {
    const { status, stdout, stderr } = demo("--seconds", "1", "--json");
    expect(status).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain('--seconds is "1", allowed is a whole number 12 to 3600');
  });

  test("main prints the help and exits 0", () => {
    const { status, stdout } = demo("--help");
    expect(status).toBe(0);
    expect(stdout).toContain("--json");
  });
});

import { describe, expect, test } from "vitest";
import { conninfo, render, replaceIn } from "./settings.ts";
import { GaveUp, until } from "./wait.ts";

describe("render()", () => {
  test("render() quotes as postgresql.conf wants it", () => {
    expect(render({ a: "it's", b: "back\\slash" })).toBe("a = 'it''s'\nb = 'back\\\\slash'\n");
  });
});

describe("replaceIn()", () => {
  test("replaceIn() leaves one line per setting and keeps the others", () => {
    const text = "# a comment\nprimary_conninfo = 'old'\nport = 1\nprimary_conninfo='older'\n\n";
    const replaced = "# a comment\nport = 1\nprimary_conninfo = 'new'\n";
    expect(replaceIn(text, { primary_conninfo: "new" })).toBe(replaced);
  });
});

describe("conninfo()", () => {
  test("conninfo() quotes as libpq wants it", () => {
    expect(conninfo({ host: "h", password: "it's \\" })).toBe("host='h' password='it\\'s \\\\'");
  });
});

describe("until()", () => {
  test("until() gives back what the check found", async () => {
    let turn = 0;
    const found = await until(() => ++turn === 3 && "here", { what: "the third turn", everyMs: 0 });
    expect(found).toBe("here");
  });

  test("until() says what it waited for, what went wrong last and the detail", async () => {
    const waiting = until(() => {
      throw new Error("not yet");
    }, { what: "a sign", timeoutMs: 0, detail: () => "the log's tail" });
    await expect(waiting).rejects.toThrow("Waited 0 ms for a sign\nnot yet\nthe log's tail");
  });

  test("until() does not wait on when the check gives up", async () => {
    const waiting = until(() => {
      throw new GaveUp("dead");
    }, { what: "the dead" });
    await expect(waiting).rejects.toThrow("dead");
  });
});

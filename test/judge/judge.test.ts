import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { judge } from "../../src/judge/judge.ts";
import { judgeAnswer } from "../../src/judge/answer.ts";
import { Failure } from "../../src/model/failure.ts";
import { failure, loginError, serverError, serverFatal } from "./failures.ts";

const ONE_INSERT = { intent: "write", queryType: "insert", statements: 1 } as const;
const SCRIPT = { intent: "write", queryType: "insert", statements: 2 } as const;
const CALL = { intent: "write", queryType: "procedure", statements: 1 } as const;
const TWO_READS = { intent: "read", queryType: "select", statements: 2 } as const;

const anyFailure = fc
  .record({
    origin: fc.constantFrom("server" as const, "network" as const, "client" as const),
    phase: fc.constantFrom("connecting" as const, "sent" as const, "answering" as const),
    code: fc.oneof(fc.string(), fc.stringMatching(/^[0-9A-Z]{5}$/), fc.nat(5000).map(String)),
    message: fc.string(),
    connection: fc.constantFrom("usable" as const, "broken" as const),
    report: fc.record({ severity: fc.constantFrom("ERROR", "FATAL", "PANIC", "FEHLER") }),
  })
  .map((facts) => new Failure(facts));

describe("judge()", () => {
  test("judge() has an answer to every failure, and 'yes' to none", () => {
    fc.assert(
      fc.property(anyFailure, fc.constantFrom("postgres" as const, "mysql" as const), (f, d) => {
        const outcome = judge(f, d);
        expect(["no", "unknown"]).toContain(outcome.executed);
        if (f.phase === "connecting") expect(outcome.executed).toBe("no");
        if (f.origin === "client") expect(outcome.scope).toBe("client");
        if (f.origin === "network" && f.phase !== "connecting") {
          expect(outcome.executed).toBe("unknown");
        }
      }),
    );
  });

  test("judge() never makes a failure more certain by looking at the statement", () => {
    const running = fc.constantFrom(ONE_INSERT, SCRIPT, CALL, TWO_READS);
    fc.assert(
      fc.property(anyFailure, running, (f, statement) => {
        const plain = judge(f, "postgres");
        const looked = judge(f, "postgres", statement);
        expect({ ...looked, executed: plain.executed }).toEqual(plain);
        if (plain.executed === "unknown") expect(looked.executed).toBe("unknown");
      }),
    );
  });

  test("judge() trusts the roll back of one statement", () => {
    expect(judge(serverError("40001"), "postgres", ONE_INSERT).executed).toBe("no");
  });

  test("judge() doubts the roll back of a script and of a procedure", () => {
    expect(judge(serverError("40001"), "postgres", SCRIPT).executed).toBe("unknown");
    expect(judge(serverError("40P01"), "postgres", CALL).executed).toBe("unknown");
    expect(judge(serverError("1290", { message: "--read-only" }), "mysql", CALL).executed).toBe(
      "unknown",
    );
  });

  test("judge() knows that a replica refuses a procedure from its beginning", () => {
    expect(judge(serverError("25006"), "postgres", CALL).executed).toBe("no");
  });

  test("judge() does not doubt a script of reads, nor one that was never sent", () => {
    expect(judge(serverError("40001"), "postgres", TWO_READS).executed).toBe("no");
    expect(judge(loginError("57P03"), "postgres", SCRIPT).executed).toBe("no");
    expect(judge(failure({ phase: "connecting" }), "postgres", SCRIPT).executed).toBe("no");
  });

  test("judge() passes the server's own pause on", () => {
    const busy = serverError("53300", { retryAfterMs: 250 });
    expect(judge(busy, "postgres")).toEqual({
      kind: "overloaded",
      scope: "endpoint",
      executed: "no",
      retryAfterMs: 250,
    });
    expect(judge(serverFatal("57P01"), "postgres")).not.toHaveProperty("retryAfterMs");
  });
});

describe("judgeAnswer()", () => {
  const message = "canceling wait for synchronous replication due to user request";
  const unreplicated = { kind: "unreplicated", scope: "statement", executed: "yes" };

  test("judgeAnswer() calls a cancelled synchronous wait unreplicated", () => {
    expect(judgeAnswer({ warning: { code: "01000", message } })).toEqual(unreplicated);
    expect(
      judgeAnswer({
        warning: {
          code: "57P01",
          message: "canceling the wait for synchronous replication and terminating connection",
        },
      }),
    ).toEqual(unreplicated);
  });

  test("judgeAnswer() knows the routine whatever the message's language", () => {
    const warning = { code: "01000", message: "storniere Warten", routine: "SyncRepWaitForLSN" };
    expect(judgeAnswer({ warning })).toEqual(unreplicated);
  });

  test("judgeAnswer() is not fooled by a RAISE WARNING of the same words", () => {
    expect(judgeAnswer({ warning: { code: "01000", message, routine: "exec_stmt_raise" } })).toBe(
      undefined,
    );
  });

  test("judgeAnswer() has nothing to say of other warnings and of none", () => {
    expect(judgeAnswer({ warning: { code: "25P01", message: "no transaction" } })).toBe(undefined);
    expect(judgeAnswer({ warning: { code: "01000", message: "careful" } })).toBe(undefined);
    expect(judgeAnswer({})).toBe(undefined);
  });
});

import { describe, expect, test } from "vitest";
import {
  afterwards,
  driverFailure,
  lineFailure,
  serverFailure,
  socketFailure,
} from "../../../../adapters/connectors/pg-server/failure.ts";

function coded(code: string, message = "at 10.1.2.3:5432"): Error {
  return Object.assign(new Error(message), { code });
}

describe("socketFailure()", () => {
  test("socketFailure() keeps the code and leaves the address out", () => {
    for (const code of ["ECONNREFUSED", "ECONNRESET", "EPIPE", "ENOTFOUND", "EAI_AGAIN", "EODD"]) {
      const failure = socketFailure(coded(code), "connecting");
      expect(failure).toMatchObject({
        origin: "network",
        phase: "connecting",
        code,
        connection: "broken",
      });
      expect(failure.message).not.toContain("10.1.2.3");
    }
  });

  test("socketFailure() takes the first of several addresses' errors", () => {
    const error = new AggregateError([coded("ECONNREFUSED"), coded("ENETUNREACH")]);
    expect(socketFailure(error, "connecting").code).toBe("ECONNREFUSED");
  });

  test("socketFailure() says what is wrong with a certificate", () => {
    const error = coded("CERT_HAS_EXPIRED", "certificate has expired");
    expect(socketFailure(error, "connecting").message).toContain("certificate has expired");
  });

  test("socketFailure() takes errors without a code, and what is no error", () => {
    const said = socketFailure(new Error("Network connection lost."), "sent");
    expect([said.code, said.message]).toEqual([undefined, "Network connection lost."]);
    expect(socketFailure("odd", "sent").message).toBe("odd");
    const failure = lineFailure("EPIPE", "sent");
    expect(socketFailure(failure, "connecting")).toBe(failure);
  });
});

describe("serverFailure()", () => {
  test("serverFailure() leaves the connection usable after an ERROR, in any language", () => {
    expect(serverFailure({ severity: "ERROR", code: "23505" }, "answering").connection)
      .toBe("usable");
    expect(serverFailure({ severity: "FATAL", code: "57P01" }, "sent").connection).toBe("broken");
    const german = { severity: "PANIC", severity_local: "PANIK", code: "XX000" };
    expect(serverFailure(german, "sent").connection).toBe("broken");
    expect(serverFailure({ severity: "ERROR", code: "3D000" }, "connecting").connection)
      .toBe("broken");
  });

  test("serverFailure() keeps what helps a person", () => {
    const failure = serverFailure({
      severity: "ERROR",
      code: "23505",
      message: "duplicate key",
      detail: "Key (x)=(1) already exists.",
      hint: "h",
      position: "12",
      schema_name: "s",
      table_name: "t",
      column_name: "c",
      constraint_name: "k",
      routine: "r",
    }, "answering");
    expect(failure.report).toEqual({
      severity: "ERROR",
      detail: "Key (x)=(1) already exists.",
      hint: "h",
      position: 12,
      schema: "s",
      table: "t",
      column: "c",
      constraint: "k",
      routine: "r",
    });
  });
});

describe("driverFailure()", () => {
  test("driverFailure() tells the server's errors from postgres.js's own", () => {
    const server = Object.assign(coded("42601", "syntax error"), { severity: "ERROR" });
    expect(driverFailure(server, true)).toMatchObject({ origin: "server", connection: "usable" });
    expect(driverFailure(coded("UNDEFINED_VALUE"), false)).toMatchObject({
      origin: "client",
      phase: "sent",
      code: "UNDEFINED_VALUE",
      connection: "usable",
    });
    expect(driverFailure(new TypeError("bad parser"), true)).toMatchObject({
      origin: "client",
      phase: "answering",
      connection: "broken",
    });
  });
});

test("afterwards() says that nothing was sent, whatever the line died of", () => {
  const death = serverFailure({ severity: "FATAL", code: "57P01", message: "bye" }, "answering");
  expect(afterwards(death)).toMatchObject({
    origin: "server",
    phase: "connecting",
    code: "57P01",
    message: "bye",
    connection: "broken",
  });
  expect(afterwards(undefined)).toMatchObject({ code: "CONNECTION_ENDED", phase: "connecting" });
});

import type { Fault } from "../fault.ts";

const GARBAGE = { kind: "answer", status: 200, body: "\u0000<garbage>" } as const;

export const garbage: Fault = {
  name: "200 with garbage from the HTTP front",
  strikes: "statement",
  postgres: () => "no HTTP between",
  neon: ({ double }) => ({
    begin: () => void (double.fault = GARBAGE),
    end: () => void (double.fault = { kind: "none" }),
  }),
  planetscale: ({ double }) => ({ begin: () => double.fault(GARBAGE), end: () => double.heal() }),
};

import type { Fault } from "../fault.ts";

const BUSY = { kind: "answer", status: 503, body: "busy" } as const;

export const overloadedFront: Fault = {
  name: "503 from the HTTP front",
  strikes: "statement",
  postgres: () => "no HTTP between",
  neon: ({ double }) => ({
    begin: () => void (double.fault = BUSY),
    end: () => void (double.fault = { kind: "none" }),
  }),
  planetscale: ({ double }) => ({ begin: () => double.fault(BUSY), end: () => double.heal() }),
};

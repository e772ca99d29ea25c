import type { Fault } from "../fault.ts";

export const blackHole: Fault = {
  name: "no answer until the deadline",
  strikes: "statement",
  silent: true,
  postgres: ({ proxy }) => ({
    begin: () => proxy.behave({ kind: "blackHole" }, "existing"),
    end: () => proxy.behave({ kind: "pass" }),
  }),
  neon: ({ double }) => ({
    begin: () => void (double.fault = { kind: "blackHole" }),
    end: () => void (double.fault = { kind: "none" }),
  }),
  planetscale: ({ double }) => ({
    begin: () => double.fault({ kind: "black hole" }),
    end: () => double.heal(),
  }),
};

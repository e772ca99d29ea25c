import type { Fault } from "../fault.ts";

export const halfAnswer: Fault = {
  name: "cut in the middle of the answer",
  strikes: "statement",
  postgres: ({ proxy }) => ({
    begin: () => proxy.behave({ kind: "cut", afterBytes: 9 }, "existing"),
    end: () => proxy.behave({ kind: "pass" }),
  }),
  neon: ({ double }) => ({
    begin: () => void (double.fault = { kind: "drop", when: "midAnswer" }),
    end: () => void (double.fault = { kind: "none" }),
  }),
  planetscale: ({ double }) => ({
    begin: () => double.fault({ kind: "drop", afterBytes: 20 }),
    end: () => double.heal(),
  }),
};

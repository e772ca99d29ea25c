import type { Fault } from "../fault.ts";

export const lostAnswer: Fault = {
  name: "cut before the answer",
  strikes: "statement",
  postgres: ({ proxy }) => ({
    begin: () => proxy.behave({ kind: "cut", afterBytes: 0 }, "existing"),
    end: () => proxy.behave({ kind: "pass" }),
  }),
  neon: ({ double }) => ({
    begin: () => void (double.fault = { kind: "drop", when: "after" }),
    end: () => void (double.fault = { kind: "none" }),
  }),
  planetscale: ({ double }) => ({
    begin: () => double.fault({ kind: "drop", afterBytes: 0 }),
    end: () => double.heal(),
  }),
};

import type { Fault } from "../fault.ts";

export const readOnly: Fault = {
  name: "a write at a replica",
  strikes: "statement",
  postgres: ({ replica }) => ({ settings: replica }),
  neon: ({ replica }) => ({ settings: replica }),
  planetscale: ({ replica }) => ({ settings: replica }),
};

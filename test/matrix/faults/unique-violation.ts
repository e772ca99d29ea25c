import type { Fault } from "../fault.ts";

const text = "insert into taken (n) values (1)";

export const uniqueViolation: Fault = {
  name: "unique violation",
  strikes: "statement",
  postgres: () => ({ text }),
  neon: () => ({ text }),
  planetscale: () => ({ text }),
};

import type { Fault } from "../fault.ts";

const text = "selec 1";

export const syntaxError: Fault = {
  name: "syntax error",
  strikes: "statement",
  postgres: () => ({ text }),
  neon: () => ({ text }),
  planetscale: () => ({ text }),
};

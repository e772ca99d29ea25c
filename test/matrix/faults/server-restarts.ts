import type { Fault } from "../fault.ts";

const END = "select pg_terminate_backend(pg_backend_pid())";

export const serverRestarts: Fault = {
  name: "the server ends its sessions",
  strikes: "statement",
  postgres: () => ({ text: END }),
  neon: () => ({ text: END }),
  planetscale: () => ({ text: "kill connection_id()" }),
};

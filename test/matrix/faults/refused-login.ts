import type { Fault } from "../fault.ts";

export const refusedLogin: Fault = {
  name: "login refused",
  strikes: "connect",
  postgres: ({ urlOf }) => ({ settings: urlOf("postgres", "wrong") }),
  neon: ({ double }) => ({ settings: double.options("postgres", "wrong") }),
  planetscale: ({ settingsOf }) => ({ settings: settingsOf("wrong") }),
};

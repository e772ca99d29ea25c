import { apiError } from "../../planetscale/faults.ts";
import type { Fault } from "../fault.ts";
import { CROWDED } from "../ground.ts";

export const tooManyConnections: Fault = {
  name: "too many connections",
  strikes: "connect",
  postgres: ({ urlOf }) => ({ settings: urlOf(CROWDED) }),
  neon: ({ double }) => ({ settings: double.options(CROWDED) }),
  planetscale: ({ double }) => ({
    begin: () => double.fault(apiError("RESOURCE_EXHAUSTED", "pool connection limit exceeded")),
    end: () => double.heal(),
  }),
};

import type { Fault } from "../fault.ts";

export const nobodyListens: Fault = {
  name: "nobody listens",
  strikes: "connect",
  postgres: ({ nowhere }) => ({ settings: `postgres://postgres:pw@127.0.0.1:${nowhere}/postgres` }),
  neon: ({ double, nowhere }) => ({
    settings: { ...double.options(), sqlUrl: `http://127.0.0.1:${nowhere}/sql` },
  }),
  planetscale: ({ nowhere }) => ({ settings: { url: `http://app:s3cret@127.0.0.1:${nowhere}` } }),
};

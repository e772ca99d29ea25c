import type { Fault } from "../fault.ts";

/** RFC 2606: never anybody's. */
const HOST = "nobody.invalid";

export const unknownHost: Fault = {
  name: "unknown host",
  strikes: "connect",
  postgres: () => ({ settings: `postgres://postgres:pw@${HOST}:5432/postgres` }),
  neon: ({ double }) => ({ settings: { ...double.options(), sqlUrl: `https://${HOST}/sql` } }),
  planetscale: () => ({ settings: { url: `http://app:s3cret@${HOST}` } }),
};

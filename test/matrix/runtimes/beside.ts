/** What the user has installed beside the package. */
export const BESIDE: readonly string[] = [
  "postgres",
  "@neondatabase/serverless",
  "ioredis",
];

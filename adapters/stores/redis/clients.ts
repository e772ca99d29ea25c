/**
 * The clients that can run a script. Four of them have three ways to say `EVAL`, under the same name: which one
 * a client is cannot be told from the outside (all it has may be a proxy), so whoever makes it says it.
 *
 * @module
 */

/** Runs a Lua script: `EVAL script keys.length …keys …args`. Its answer is a string. */
export type EvalScript = (
  script: string,
  keys: readonly string[],
  args: readonly string[],
) => Promise<unknown>;

/** What is used of `new Redis()` from `@upstash/redis`. */
export interface UpstashClient {
  eval(script: string, keys: string[], args: string[]): Promise<unknown>;
}

/** What is used of `new Redis()` from `ioredis`. */
export interface IoredisClient {
  eval(script: string, keyCount: number, ...keysAndArgs: string[]): Promise<unknown>;
}

/** What is used of `createClient()` from `redis` (node-redis). */
export interface NodeRedisClient {
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
}

/** What is used of `Bun.redis`, or of `new RedisClient()` from `bun`. */
export interface BunRedisClient {
  send(command: string, args: string[]): Promise<unknown>;
}

/** Over HTTP, where there are no sockets: Workers, Vercel's edge, Deno Deploy. */
export function viaUpstash(client: UpstashClient): EvalScript {
  return (script, keys, args) => client.eval(script, [...keys], [...args]);
}

/** With `ioredis`, also a cluster of it. */
export function viaIoredis(client: IoredisClient): EvalScript {
  return (script, keys, args) => client.eval(script, keys.length, ...keys, ...args);
}

/** With `redis` (node-redis), also a cluster of it. It has to be connected: `await client.connect()`. */
export function viaNodeRedis(client: NodeRedisClient): EvalScript {
  return (script, keys, args) => client.eval(script, { keys: [...keys], arguments: [...args] });
}

/** With what Bun brings. */
export function viaBun(client: BunRedisClient): EvalScript {
  return (script, keys, args) => client.send("EVAL", [script, `${keys.length}`, ...keys, ...args]);
}

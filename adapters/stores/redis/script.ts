/**
 * All that happens in Redis, as one script: atomic, on Redis 5 and later, Valkey and Upstash.
 *
 * It is sent in full each time: with EVALSHA the state would still be most of what goes over the line, and a
 * REST client pays by command, not by byte.
 *
 * Each operation has one key (so that it runs on a cluster) that holds a hash. Marks and tokens are the
 * server's time in milliseconds, or one more than the last: they never come again, not even where the key was
 * lost in between. The answer is one string with spaces, because `@upstash/redis` makes numbers and objects of
 * whatever looks like JSON.
 *
 * - `get` → `0 mark now text`
 * - `swap mark text keepMs` → `1 mark now`, or as `get`
 * - `lease holder ttlMs keepMs` → `1 token forMs` or `0 token retryAfterMs`
 * - `unlease holder` → `1 token 0`, or `0 token 0` where it was not its own
 *
 * @module
 */

/** The script. Lua 5.1: numbers are doubles, and `tostring` would write a time as `1.7e+12`. */
export const SCRIPT: string = `
local key, op, who = KEYS[1], ARGV[1], ARGV[2]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function int(n) return string.format('%.0f', n) end
local function after(n) return int(math.max((tonumber(n) or 0) + 1, now)) end
if op == 'get' or op == 'swap' then
  local was = redis.call('HMGET', key, 'mark', 'text')
  local mark = was[1] or '0'
  if op == 'get' or mark ~= who then
    return '0 ' .. mark .. ' ' .. int(now) .. ' ' .. (was[2] or '')
  end
  mark = after(mark)
  redis.call('HSET', key, 'mark', mark, 'text', ARGV[3])
  redis.call('PEXPIRE', key, ARGV[4])
  return '1 ' .. mark .. ' ' .. int(now)
end
local was = redis.call('HMGET', key, 'holder', 'token', 'till')
local left = (tonumber(was[3]) or 0) - now
local own, token = was[1] == who, was[2] or '0'
if op == 'unlease' then
  if left <= 0 or not own then return '0 ' .. token .. ' 0' end
  redis.call('HSET', key, 'till', '0')
  return '1 ' .. token .. ' 0'
end
if left > 0 and not own then return '0 ' .. token .. ' ' .. int(left) end
if left <= 0 then token = after(token) end
redis.call('HSET', key, 'holder', who, 'token', token, 'till', int(now + ARGV[3]))
redis.call('PEXPIRE', key, ARGV[4])
return '1 ' .. token .. ' ' .. ARGV[3]
`.trim();

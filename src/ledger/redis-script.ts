import { createHash } from 'node:crypto';

export interface Script {
  readonly text: string;
  readonly sha: string;
}

/**
 * The ledger's four questions to Redis, each one script: Redis runs a script alone, so that each is atomic. Every
 * script may be repeated without harm, which is what makes a lost answer harmless.
 *
 * Keys of a namespace (one hash tag, so that a cluster keeps them together):
 * head (hash), records (hash: path → JSON), paths (sorted set, for listing by folder), log (stream, one entry for each
 * transaction, id `<seq>-0`).
 */
export const keysOf = (namespace: string): string[] =>
  ['head', 'records', 'paths', 'log'].map((name) => `ship-proof:{${namespace}}:${name}`);

/** ARGV: paths. Answers the head's JSON (or nothing) with its version, the server's time, and those records ('' for none). */
export const READ = script(`
local head = redis.call('HMGET', KEYS[1], 'version', 'head')
local time = redis.call('TIME')
local answer = { head[1] or '', head[2] or '', time[1], time[2] }
for _, path in ipairs(ARGV) do answer[#answer + 1] = redis.call('HGET', KEYS[2], path) or '' end
return answer
`);

/** ARGV: version, path. Answers nothing at all when the ledger is at another version. */
export const GET = script(`
if (redis.call('HGET', KEYS[1], 'version') or '') ~= ARGV[1] then return {} end
return { 'ok', redis.call('HGET', KEYS[2], ARGV[2]) }
`);

/** ARGV: version, prefix. Answers path, JSON, path, JSON … behind the word ok. */
export const LIST = script(`
if (redis.call('HGET', KEYS[1], 'version') or '') ~= ARGV[1] then return {} end
local paths = redis.call('ZRANGEBYLEX', KEYS[3], '[' .. ARGV[2], '(' .. ARGV[2] .. '\\255')
local answer = { 'ok' }
for _, path in ipairs(paths) do
  answer[#answer + 1] = path
  answer[#answer + 1] = redis.call('HGET', KEYS[2], path)
end
return answer
`);

/**
 * ARGV: old version, new version, seq, head JSON, text, then path and JSON ('' removes) by turns. Whoever asks again
 * after a lost answer is told won when the log holds this very version. A script is not rolled back, so everything
 * that could fail is tried before the first write.
 */
export const COMMIT = script(`
local id = ARGV[3] .. '-0'
local version = redis.call('HGET', KEYS[1], 'version') or ''
if version ~= ARGV[1] then
  local found = redis.call('XRANGE', KEYS[4], id, id)
  if found[1] and found[1][2][2] == ARGV[2] then return 'won' end
  return 'lost'
end
local kinds = { 'hash', 'hash', 'zset', 'stream' }
for n, kind in ipairs(kinds) do
  local is = redis.call('TYPE', KEYS[n]).ok
  if is ~= 'none' and is ~= kind then return redis.error_reply('ledger-foreign ' .. KEYS[n]) end
end
local last = redis.call('XREVRANGE', KEYS[4], '+', '-', 'COUNT', 1)
if (last[1] and last[1][2][2] or '') ~= ARGV[1] then return redis.error_reply('ledger-broken log') end
if redis.acl_check_cmd then
  for _, command in ipairs({
    { 'HSET', KEYS[1], 'a', 'b' }, { 'HSET', KEYS[2], 'a', 'b' }, { 'HDEL', KEYS[2], 'a' },
    { 'ZADD', KEYS[3], '0', 'a' }, { 'ZREM', KEYS[3], 'a' }, { 'XADD', KEYS[4], '*', 'a', 'b' },
  }) do
    if not redis.acl_check_cmd(unpack(command)) then return redis.error_reply('NOPERM ' .. command[1]) end
  end
end
redis.call('XADD', KEYS[4], id, 'version', ARGV[2], 'parent', ARGV[1], 'text', ARGV[5])
redis.call('HSET', KEYS[1], 'version', ARGV[2], 'head', ARGV[4])
for n = 6, #ARGV, 2 do
  if ARGV[n + 1] == '' then
    redis.call('HDEL', KEYS[2], ARGV[n])
    redis.call('ZREM', KEYS[3], ARGV[n])
  else
    redis.call('HSET', KEYS[2], ARGV[n], ARGV[n + 1])
    redis.call('ZADD', KEYS[3], 0, ARGV[n])
  end
end
return 'won'
`);

function script(text: string): Script {
  return { text, sha: createHash('sha1').update(text).digest('hex') };
}

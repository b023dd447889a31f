import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CodedError } from '../../../src/proof/errors.ts';
import { idempotentApi } from '../../targets/idempotent-api.ts';
import { check } from './run.ts';

const URL = 'http://127.0.0.1:9';
const WRITE = '{ post: /items, headers: { Idempotency-Key: "{{key}}" }, json: { name: "{{nonce}}" } }';
const OBSERVE = '{ get: /items, count: "$[*]" }';

/** What is said about a list, and with which outcome; nothing listens at the URL, so nothing was sent. */
async function refusal(list: string, given: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const error = await check({ 'base-url': URL, 'allow-writes-to': URL, checks: list, ...given }).catch(
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof CodedError)) throw error;
  return `${error.outcome} ${error.code}: ${error.message}`;
}

describe('a list of writes', () => {
  it.each<[string, string, RegExp]>([
    [
      'has an unknown key',
      `- { name: a, write: ${WRITE}, observ: ${OBSERVE} }`,
      /checks`:1: .*observ.*did you mean `observe`/,
    ],
    ['has no observation', `- { name: a, write: ${WRITE} }`, /`observe`/],
    [
      'observes nothing of an answer',
      `- { name: a, write: ${WRITE}, observe: { get: /items } }`,
      /give `json`.*or `count`/,
    ],
    [
      'observes two things',
      `- { name: a, write: ${WRITE}, observe: { get: /, json: $, count: $ } }`,
      /one observation/,
    ],
    [
      'has a path that is none',
      `- { name: a, write: ${WRITE}, observe: { get: /, json: "$[" } }`,
      /not a JSONPath/,
    ],
    [
      'uses a name that nothing gives',
      `- { name: a, write: { post: "/{{kee}}" }, observe: ${OBSERVE} }`,
      /nothing before this gives `\{\{kee\}\}`/,
    ],
    [
      'asks for the state by the key',
      `- { name: a, write: ${WRITE}, observe: { get: "/{{key}}", json: $ } }`,
      /asks the same each time/,
    ],
    [
      'writes the same each time',
      `- { name: a, write: { post: / }, observe: ${OBSERVE} }`,
      /neither `\{\{key\}\}` nor `\{\{nonce\}\}`/,
    ],
    [
      'has a name twice',
      `[{ name: a, write: ${WRITE}, observe: ${OBSERVE} }, { name: a, write: ${WRITE}, observe: ${OBSERVE} }]`,
      /another write has this name/,
    ],
    [
      'puts a value into a script',
      `- { name: a, write: { run: "echo {{key}}" }, observe: { run: ls } }`,
      /\$SHIP_PROOF_KEY/,
    ],
    [
      'has a request and a command',
      `- { name: a, write: { post: /, run: ls }, observe: ${OBSERVE} }`,
      /`post` can't stand beside `run`/,
    ],
    [
      'mixes kinds in the other payload',
      `- { name: a, write: ${WRITE}, other: { run: ls }, observe: ${OBSERVE} }`,
      /of one kind/,
    ],
    ['is no list', 'name: a\nwrite: b', /expected a list of writes/],
  ])('that %s is refused before anything is sent', async (_, list, message) => {
    const said = await refusal(list);
    expect(said).toMatch(/^invalid (checks-invalid|config-)/);
    expect(said).toMatch(message);
  });

  it('may not put a secret into an argument list', async () => {
    const list = `- { name: a, write: { command: [curl, "\${secret:TOKEN}", "{{key}}"] }, observe: { run: ls } }`;
    const error = await check(
      { 'allow-writes-to': 'commands', checks: list },
      { env: { TOKEN: 'long-secret-value' } },
    ).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain('everybody on the machine can read an argument');
  });

  it('names its origins, or nothing is written', async () => {
    const list = `- { name: a, write: ${WRITE}, observe: ${OBSERVE} }`;
    const elsewhere = { 'allow-writes-to': 'https://staging.example.com' };
    expect(await refusal(list, elsewhere)).toMatch(
      /^refused writes-not-allowed: .*does not name http:\/\/127\.0\.0\.1:9/,
    );
    expect(await refusal(list, { 'allow-writes-to': undefined })).toMatch(/^refused writes-not-allowed/);
    const cleans = `- { name: a, write: ${WRITE}, observe: ${OBSERVE}, cleanup: [{ delete: "http://127.0.0.2/{{key}}" }] }`;
    expect(await refusal(cleans)).toMatch(/does not name http:\/\/127\.0\.0\.2 /);
    const posts = `- { name: a, write: ${WRITE}, observe: { post: "http://127.0.0.3/q", body: {}, json: $ } }`;
    expect(await refusal(posts)).toMatch(/does not name http:\/\/127\.0\.0\.3 /);
  });

  it('runs commands only where that is allowed by name', async () => {
    const list = '- { name: a, write: { run: touch x }, observe: { run: ls } }';
    expect(await refusal(list)).toMatch(/^refused writes-not-allowed: the list runs commands .*`commands`/);
  });

  it.each(['https://a.example/path', 'ftp://a.example', 'a.example', 'https://a.example?x', '*'])(
    'knows that %s is no origin',
    async (line) => {
      await expect(refusal('[]', { 'allow-writes-to': line })).rejects.toThrow(/no origin/);
    },
  );

  it('may stand in a file with what it may write to, as in the config', async () => {
    await using api = await idempotentApi();
    const cwd = await mkdtemp(join(tmpdir(), 'ship-proof-list-'));
    try {
      const observe = '{ get: /items, count: "$.items[*]" }';
      const file = `allow-writes-to: ${api.url}\nwrites:\n  - { name: a, write: ${WRITE}, observe: ${observe} }\n`;
      await writeFile(join(cwd, 'writes.yml'), file);
      const { proof, checks } = await check({ 'base-url': api.url, checks: 'writes.yml' }, { cwd });
      expect(proof.outcome).toBe('passed');
      expect(checks['idempotency:a:first']?.at).toEqual({ file: 'writes.yml', line: 3 });
      const env = { GITHUB_ACTIONS: 'true', GITHUB_EVENT_NAME: 'pull_request' };
      const contributed = check({ 'base-url': api.url, checks: 'writes.yml' }, { cwd, env });
      await expect(contributed).rejects.toThrow(/writes\.yml:1: .*give `allow-writes-to` in the workflow/);
    } finally {
      await rm(cwd, { recursive: true, force: true });
    }
  });

  it('of which nothing is made proves nothing', async () => {
    const list = `- { name: a, skip: not today, write: ${WRITE}, observe: ${OBSERVE} }`;
    const { proof } = await check({ 'base-url': URL, checks: list });
    expect(proof.outcome).toBe('inconclusive');
    expect(proof.overrides).toEqual(['settle: 50ms', 'skip: a: not today']);
  });
});

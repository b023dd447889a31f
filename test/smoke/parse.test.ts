import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Validator } from '@cfworker/json-schema';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import schema from '../../docs/schemas/checks.schema.json' with { type: 'json' };
import { parseYaml } from '../../src/config/yaml.ts';
import { CodedError } from '../../src/proof/errors.ts';
import { createRedactor } from '../../src/proof/redact.ts';
import { filesOf } from '../../src/smoke/files.ts';
import { parseChecks } from '../../src/smoke/spec/parse.ts';
import { tryOut } from '../../src/smoke/spec/try-out.ts';

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'ship-proof-checks-'));
  await mkdir(join(cwd, 'work/.git'), { recursive: true });
  await writeFile(join(cwd, 'outside.txt'), 'secret');
  await writeFile(join(cwd, 'work/.git/config'), 'token');
  await writeFile(join(cwd, 'work/body.bin'), 'bytes');
  await writeFile(join(cwd, 'work/bad.json'), '{');
  await symlink(join(cwd, 'outside.txt'), join(cwd, 'work/link.txt'));
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

const read = (text: string, { hasBaseUrl = true, trusted = true, builtIn = ['build-id'] } = {}) =>
  parseChecks(parseYaml(text, 'smoke.yml'), {
    variables: { env: { NAME: 'value', TOKEN: 'hunter22' }, secrets: createRedactor(), trusted },
    files: filesOf(join(cwd, 'work')),
    cwd: join(cwd, 'work'),
    hasBaseUrl,
    builtIn,
    tryOut,
  });

/** What is wrong, as `line: message`. */
async function problems(text: string, options?: Parameters<typeof read>[1]): Promise<string[]> {
  const error = await read(text, options).then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (error === undefined) return [];
  if (!(error instanceof CodedError)) throw error;
  expect(error.outcome).toBe('invalid');
  for (const { at, observed } of error.checks) expect(observed).toMatch(`smoke.yml:${at?.line}: `);
  return error.checks.map(({ observed }) => observed.replace('smoke.yml:', ''));
}

const page = (rest: string) => `- name: a\n  get: /\n${rest}`;

describe('a list of checks', () => {
  it.for([
    [
      'an unknown key, with the nearest',
      page('  expct: {}'),
      /^3: unknown key `expct` \(did you mean `expect`\?\)/,
    ],
    [
      'one inside expect',
      page('  expect:\n    contain: x'),
      /^4: unknown key `contain` \(did you mean `contains`\?\)/,
    ],
    [
      'one inside an operator',
      page('  expect:\n    json:\n      $.a:\n        at-lest: 1'),
      /^6: unknown key `at-lest` \(did you mean `at-least`\?\)/,
    ],
    [
      'one inside a list of operators',
      page('  expect:\n    json:\n      $.a:\n        - 1\n        - exist: true'),
      /^7: unknown key `exist`/,
    ],
    [
      'one of an MCP server',
      '- name: a\n  mcp: /mcp\n  expect:\n    tool: [x]',
      /^4: unknown key `tool` \(did you mean `tools`\?\)/,
    ],
    ['one of a step', '- name: a\n  steps:\n    - get: /\n      name: x', /^4: unknown key `name`/],
    ['no method', '- name: a\n  expect: {}', /^1: give one of get, post/],
    ['two methods', page('  post: /'), /^3: `post`: `post` can't stand beside `get`/],
    ['two bodies', '- name: a\n  post: /\n  text: x\n  json: 1', /`text` can't stand beside `json`|`text`: /],
    ['a body of a get', page('  text: x'), /^3: `text`: a get has no body/],
    ['a wrong kind', page('  expect: { status: ok }'), /^3: `status`: expected a status/],
    ['a wrong duration', page('  timeout: 5'), /^3: `timeout`: expected a duration/],
    ['a JSONPath without $', page('  expect:\n    json: { name: x }'), /^4: .*JSONPath/],
    ['a JSONPath that is none', page('  expect:\n    json:\n      $.[: 1'), /^5: not a JSONPath/],
    [
      'a regular expression that is none',
      page('  expect:\n    matches:\n      - a\n      - "("'),
      /^6: not a regular expression/,
    ],
    [
      'a captured pattern that is none under its flags',
      page('  capture:\n    x: { regex: "\\\\-", flags: u }'),
      /^4: not a regular expression/,
    ],
    [
      'flags that are none',
      page('  capture:\n    x: { regex: a, flags: ii }'),
      /^4: not a regular expression/,
    ],
    ['a selector that is none', page('  expect:\n    html:\n      "a[": x'), /^5: not a CSS selector/],
    ['a name twice', `${page('')}\n${page('')}`, /^4: another check has this name|: another check/],
    [
      'a value that nothing gives',
      page('  headers:\n    x: "{{tokn}}"'),
      /^4: nothing before this gives `\{\{tokn\}\}`/,
    ],
    [
      'a variable that is not set',
      page(`  headers:\n    x: \${NOTHING}`),
      /^4: the environment variable `NOTHING` is not set/,
    ],
    [
      'a variable of the runner',
      page(`  headers:\n    x: \${secret:GITHUB_TOKEN}`),
      /^4: `GITHUB_TOKEN` can't be used/,
    ],
    ['a retry of a post', '- name: a\n  post: /\n  retry: { for: 1s }', /^3: this would repeat `post`/],
    [
      'a retry of a call',
      '- name: a\n  mcp: /mcp\n  retry: { for: 1s }\n  call: [{ tool: x }]',
      /^3: this would repeat `call`/,
    ],
    ['a password in a URL', '- name: a\n  get: https://user:pass@example.com/', /^2: a URL with a user name/],
    ['another protocol', '- name: a\n  get: file:///etc/passwd', /^2: expected a path, or an http/],
    ['a file outside', '- name: a\n  post: /\n  file: ../outside.txt', /^3: the file .* lies outside/],
    ['a link that leads outside', '- name: a\n  post: /\n  file: link.txt', /^3: the file .* lies outside/],
    [
      "git's own folder",
      '- name: a\n  post: /\n  file: .git/config',
      /^3: the file .* lies in git's own folder/,
    ],
    ['a file that is not there', '- name: a\n  post: /\n  file: nothing', /^3: the file .* is not there/],
    [
      'a schema that is no JSON',
      page('  expect:\n    json-schema: bad.json'),
      /^4: the schema bad.json is no JSON/,
    ],
    ['both kinds of MCP server', '- name: a\n  mcp: /mcp\n  command: [x]', /^3: `command`: give either/],
    [
      'exact without tools',
      '- name: a\n  mcp: /mcp\n  expect:\n    exact: true',
      /^4: `exact`: `exact` needs `tools`/,
    ],
    ['no list', 'a: 1', /^1: expected a list of checks/],
    ['an empty list', '[]', /^1: expected at least one check/],
    ['no map', '- 5', /^1: .*expected/],
  ] as const)('refuses %s', async ([, text, message]) => {
    const found = await problems(text);
    expect(found.length, found.join('\n')).toBeGreaterThan(0);
    expect(
      found.some((problem) => message.test(problem)),
      found.join('\n'),
    ).toBe(true);
  });

  it('needs a base for a path, and none for a URL', async () => {
    expect(await problems(page(''), { hasBaseUrl: false })).toEqual([
      expect.stringMatching(/^2: a path needs `base-url`/),
    ]);
    expect(await problems('- name: a\n  get: "{{build-id}}"', { hasBaseUrl: false })).toHaveLength(1);
    expect(
      await problems('- name: a\n  get: https://example.com/{{build-id}}', { hasBaseUrl: false }),
    ).toEqual([]);
  });

  it('reaches no variable from a checkout that is not trusted', async () => {
    expect(await problems(page(`  headers: { x: "\${NAME}" }`), { trusted: false })).toEqual([
      expect.stringMatching(/contributor/),
    ]);
  });

  it('says everything that is wrong at once, in the order of the lines', async () => {
    const found = await problems(
      `${page('  expct: 1\n  timeout: never\n  text: x')}\n- name: b\n  steps: []\n- name: c\n  get: /{{x}}\n  retry: {}`,
    );
    expect(found.map((problem) => Number.parseInt(problem, 10))).toEqual([3, 4, 5, 7, 10]);
  });

  it('says once what is wrong with a text', async () => {
    expect(await problems(page(`  headers: { x: "\${NOTHING}" }`))).toHaveLength(1);
  });

  it('gives every expectation its line', async () => {
    const [check] = await read(
      page(
        '  expect:\n    contains:\n      - a\n      - b\n    json:\n      $.a: 1\n      $.b:\n        exists: true\n        not:\n          contains: c\n    status: 200',
      ),
    );
    if (check?.kind !== 'page') throw new Error('expected a page');
    const [step] = check.steps;
    expect(step?.expectations.map(({ label, negated, place }) => [place.line, label, negated])).toEqual([
      [5, 'contains', false],
      [6, 'contains', false],
      [8, 'json $.a', false],
      [10, 'json $.b', false],
      [12, 'json $.b', true],
      [13, 'status', false],
    ]);
  });

  it('lets a check see its own captures, and those of no other check', async () => {
    const flow = (name: string) =>
      `- name: ${name}\n  steps:\n    - get: /\n      capture: { id: { json: $.id } }\n    - get: /{{id}}\n`;
    expect(await problems(flow('a') + flow('b'))).toEqual([]);
    expect(await problems(`${flow('a')}- name: b\n  get: /{{id}}\n`)).toEqual([
      expect.stringMatching(/nothing before this gives/),
    ]);
    expect(await problems('- name: a\n  get: /{{id}}\n  capture: { id: { json: $.id } }')).toHaveLength(1);
  });

  it('stands for itself where it is escaped', async () => {
    const [check] = await read(`- name: a\n  post: /\n  text: "\\\\{{x}} $\${NAME} {{ \${NAME}"`);
    if (check?.kind !== 'page' || check.steps[0]?.body?.kind !== 'text') throw new Error('expected a text');
    expect(check.steps[0].body.text.parts.map((part) => ('text' in part ? part.text : part)).join('')).toBe(
      `{{x}} \${NAME} {{ value`,
    );
  });

  it.for([
    [
      'anchors that multiply',
      `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefgh'
        .split('')
        .map((key, index) => `${key}: &${key} [${Array(9).fill(`*${'abcdefgh'[index]}`).join(',')}]`)
        .join('\n')}`,
    ],
    ['a list that nests without end', '['.repeat(5000)],
    ['a tag', '- !!js/function "x"'],
    ['a key that is a map', '- {a: 1}: 2'],
    ['binary rubbish', '\u0000\u0001\u0002'],
  ] as const)('survives %s', async ([, text]) => {
    const started = performance.now();
    await expect(async () => read(text)).rejects.toBeInstanceOf(CodedError);
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it('understands or refuses any YAML, and never breaks', async () => {
    const keys = [
      'name',
      'get',
      'post',
      'steps',
      'expect',
      'json',
      'html',
      'not',
      'contains',
      'matches',
      'mcp',
      'call',
      'capture',
      'retry',
      '__proto__',
      '{{x}}',
      '$.a',
      'count',
      'status',
      'constructor',
    ];
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom('/', 'a', '{{build-id}}', `\${NAME}`, '(', '$..', 'h1', 200, true, null, -1, ''),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...keys), tie('any'), { maxKeys: 4 }),
      ),
    })).any;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 5 }), { maxLength: 3 }),
        async (list) => {
          // Every problem has a line of the file; anything but a CodedError is thrown on.
          await problems(JSON.stringify(list, null, 1));
        },
      ),
      { numRuns: 400 },
    );
  });

  it('holds what names __proto__ as data', async () => {
    const [check] = await read('- name: a\n  post: /\n  json: { __proto__: { polluted: 1 } }');
    expect(check?.name).toBe('a');
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});

describe('the published schema', () => {
  const validate = (text: string) => new Validator(schema as object, '2020-12').validate(parse(text));
  const EXAMPLE = `
- name: home
  get: /
  expect: { status: 200, contains: ship + prove }
- name: sign-in
  steps:
    - post: /api/session
      json: { user: probe, password: "\${secret:TOKEN}" }
      expect: { status: 201 }
      capture: { token: { json: $.token } }
    - get: /api/me
      headers: { authorization: "Bearer {{token}}" }
      expect: { json: { $.name: probe }, max-time: 2s, not: { contains: Error } }
- name: tools
  mcp: /mcp
  expect: { tools: [get_notes, search_notes, add_note], exact: true }
`;

  it('takes what the parser takes', async () => {
    expect(await problems(EXAMPLE)).toEqual([]);
    expect(validate(EXAMPLE).valid).toBe(true);
    expect(validate(`checks:${EXAMPLE.replaceAll('\n', '\n  ')}`).valid).toBe(true);
  });

  it('refuses unknown keys as the parser does', () => {
    expect(validate(EXAMPLE.replace('expect: { status: 201 }', 'expects: { status: 201 }')).valid).toBe(
      false,
    );
  });
});

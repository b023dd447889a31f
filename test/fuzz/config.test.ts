// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the config's own syntax
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { interpolate } from '../../src/config/interpolate.ts';
import { parsePolicy } from '../../src/config/policy.ts';
import { type Located, parseYaml } from '../../src/config/yaml.ts';
import { configInputs, readConfig } from '../../src/front/config.ts';
import { parseInput, type RawInput } from '../../src/front/parse.ts';
import { judgeInput, lockInputs } from '../../src/front/policy.ts';
import { loadAllModes } from '../../src/modes/registry.ts';
import { CodedError } from '../../src/proof/errors.ts';
import { createRedactor } from '../../src/proof/redact.ts';
import { broken, brokenBytes, coded, expectLinear, FULL, fuzzing, wordsOf } from './fuzz.ts';

const GOOD = [
  'version: 1\nlive:\n  url: [https://app.example.com/]\n  within: 5m\n  headers: { x-a: "${secret:A}" }\n',
  'smoke:\n  base-url: https://a.example\n  checks:\n    - name: home\n      get: /\n      expect: { status: 200, json: { $.a: 1 }, contains: [a, b] }\n    - mcp: /mcp\n      expect: { tools: [a], exact: true }\n',
  'policy:\n  store: git+https://h/o/r\n  urls: [https://a.example/]\n  allow-writes-to: https://b.example\n  runners:\n    digest: { spend-cap: 5.00 }\n  waivers: []\n',
  'runners:\n  digest: { spend-cap: 5.00, estimate: 0.40, cadence: "0 */4 * * *" }\ndeploy:\n  production: { phases: [build, publish], stale-after: 20m }\n',
  'a: &a [1, 2]\nb: *a\nc: >\n  folded\n\nd: |-\n  kept\n"e": !!str 1\n? f\n: g\n',
  'idempotency:\n  writes:\n    - name: invite\n      write: { post: /api, headers: { K: "{{key}}" }, json: { email: "p+{{nonce}}@e" } }\n      observe: { get: /api, count: "$[*]" }\n',
];
const SIGNS =
  ': |- |\n|  |[|]|{|}|"|\'|&a|*a|!!map |!!binary |# |? |---\n|...\n|%YAML 1.2\n|,|>|<<|\t|null|.inf|0x1f|2020-01-01|'
    .split(/(?<!\n)\|/)
    .concat('|', 'policy', 'version: 1', 'runners', '${A}', '${secret:A', '\ufeff', '\u2028');

const folder = mkdtempSync(join(tmpdir(), 'ship-proof-fuzz-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const fuzz = fuzzing('config, policy and inputs');
const yaml = fc.oneof(broken(...GOOD), wordsOf(...SIGNS), fc.string({ unit: 'binary', maxLength: 200 }));
const variables = () => ({ env: { A: 'a-secret-value', B: '' }, secrets: createRedactor(), trusted: true });

describe('a config file that is anything', () => {
  fuzz('is understood, or refused with its line', yaml, async (text) => {
    const parsed = await coded(() => parseYaml(text, 'ship-proof.yml'));
    if (!(parsed instanceof CodedError)) return expect(depthOf(parsed)).toBeLessThan(66);
    expect(parsed.at?.file).toBe('ship-proof.yml');
    const { line = 0 } = parsed.at ?? {};
    expect(line).toBeGreaterThan(0);
    expect(line).toBeLessThanOrEqual(text.split(/\r\n?|\n/).length);
  });

  fuzz(
    'goes all the way to a policy and the inputs of every mode, or stops with a code',
    broken(...GOOD),
    async (text) => {
      const file = join(folder, 'any.yml');
      writeFileSync(file, text);
      const config = await coded(() => readConfig(file, { cwd: folder, trusted: true }));
      if (config instanceof CodedError) return;
      for (const mode of await loadAllModes()) {
        const section =
          mode.section === undefined ? [] : [mode.section, ...(mode.sectionBy ? ['production'] : [])];
        const inputs = await coded(() =>
          configInputs(config, section, variables(), (name) => mode.keepsLines?.includes(name) ?? false),
        );
        if (inputs instanceof CodedError) continue;
        await coded(() => {
          const locked = config.policy ? lockInputs(config.policy, mode, inputs) : inputs;
          const input = parseInput(mode, locked);
          if (config.policy) judgeInput(config.policy, mode, input);
        });
      }
    },
    { sampled: 60 },
  );

  fuzz(
    'may be bytes that are no text',
    brokenBytes(...GOOD.map((text) => Buffer.from(text))),
    async (bytes) => {
      const file = join(folder, 'bytes.yml');
      writeFileSync(file, bytes);
      await coded(() => readConfig(file, { cwd: folder, trusted: true }));
    },
  );

  fuzz('has a policy that is kept whole or refused', yaml, async (text) => {
    const parsed = await coded(() => parseYaml(`policy:\n${text.replace(/^/gm, '  ')}`, 'f.yml'));
    if (parsed instanceof CodedError || !(parsed.value instanceof Map)) return;
    const policy = (parsed.value as ReadonlyMap<string, Located>).get('policy');
    if (policy) await coded(() => parsePolicy(policy));
  });

  fuzz(
    'may name any variable in any way',
    wordsOf('${', '}', '$', '{', 'secret:', 'A', 'B', 'GITHUB_TOKEN', ' '),
    (text) => coded(() => interpolate(text, { file: 'f.yml', line: 1 }, variables())),
  );
});

const HARD = [
  ...['}', '! ', '- '],
  ...(FULL
    ? ['[', '{a: ', '? ', '&a ', '*a ', '[]', '"\n', ': ', '%A\n', '#\n', '- *x\n', 'a: |\n', "'", '{}\n']
    : []),
];

describe('a config file that is as large as may be', () => {
  it.each(HARD)('takes no more than in relation to its size: %j again and again', async (sign) => {
    await expectLinear(30_000, (size) => coded(() => parseYaml(sign.repeat(size / sign.length), 'f.yml')));
  });

  it('says what is wrong with one that nests too deep', async () => {
    const error = await coded(() => parseYaml('['.repeat(20_000), 'f.yml'));
    expect((error as CodedError).message).toContain('nested deeper than 64 levels');
  });

  it('takes as long for many keys', async () => {
    await expectLinear(2_000, (keys) => coded(() => parseYaml(many(keys), 'f.yml')));
  });
});

const many = (keys: number): string => Array.from({ length: keys }, (_, n) => `key-${n}: ${n}\n`).join('');

describe('inputs that are anything', () => {
  const value = fc.oneof(
    fc.string({ unit: 'binary' }),
    wordsOf(
      'https://',
      'a.example',
      '/',
      ':',
      '@',
      '-',
      '1',
      'm',
      'd',
      '.',
      '\n',
      'true',
      'git+file:',
      '*',
      '[::1]',
      '%00',
      '9'.repeat(400),
    ),
    fc.anything({ maxDepth: 2, withBigInt: false }),
    fc.constant(undefined),
  );

  fuzz(
    'are understood, or refused by name with nothing done',
    fc.tuple(fc.nat(), fc.array(fc.tuple(fc.nat(), value), { minLength: 1, maxLength: 4 }), fc.string()),
    async ([which, pairs, other]) => {
      const modes = await loadAllModes();
      const mode = modes[which % modes.length];
      if (!mode) return;
      const names = [...Object.keys(mode.input.shape), other];
      const given = pairs.map(([name, any]): RawInput => {
        const known = names[name % names.length] ?? other;
        return { name: known, value: any, source: `--${known}` };
      });
      const parsed = await coded(() => parseInput(mode, given));
      if (parsed instanceof CodedError) {
        expect(parsed.outcome).toBe('invalid');
        expect(parsed.message).not.toMatch(/[\u0000-\u0008\u202e]/);
      }
    },
    { sampled: 400 },
  );
});

/** How deep a value nests; iterative, so that it can't overflow where the parser could. */
function depthOf(root: Located): number {
  let depth = 0;
  let level: Located[] = [root];
  while (level.length > 0) {
    depth += 1;
    level = level.flatMap(({ value }) =>
      Array.isArray(value)
        ? (value as Located[])
        : value instanceof Map
          ? [...(value as Map<string, Located>).values()]
          : [],
    );
  }
  return depth;
}

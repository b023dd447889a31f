// biome-ignore-all lint/suspicious/noTemplateCurlyInString: workflows and configs are full of them
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { blocksOf, pages } from './pages.ts';
import { kindOf, yamlProblems } from './yaml-blocks.ts';

const BLOCKS = pages().flatMap(blocksOf);
const YAML = BLOCKS.filter(({ language }) => language === 'yaml');

describe('the YAML of the pages', () => {
  it.each(YAML)('$at', async (block) => {
    expect(await yamlProblems(block)).toEqual([]);
  });

  it('is of every kind', () => {
    const kinds = new Set(YAML.map(({ text }) => kindOf(parse(text))));
    expect([...kinds].sort()).toEqual(
      expect.arrayContaining(['checks', 'config', 'job', 'steps', 'workflow']),
    );
  });

  it('is labelled as what it is, like every block', () => {
    const known = ['yaml', 'sh', 'json', 'ts', 'ini', 'text', 'xml', 'mermaid', ''];
    expect(BLOCKS.filter(({ language }) => !known.includes(language)).map(({ at }) => at)).toEqual([]);
    const looksLikeYaml = BLOCKS.filter(
      ({ language, text }) => language === '' && /^(- )?[\w-]+:( |$)/m.test(text),
    );
    expect(looksLikeYaml.map(({ at }) => at)).toEqual([]);
  });

  const step = (rest: string) => `- uses: org/ship-proof@v1\n  id: x\n  with: ${rest}`;
  it.each([
    ['a key that GitHub does not know', 'on: push\njobs: { a: { runs-on: x, stepps: [] } }', 'stepps'],
    ['a context that is not there', '- run: echo ${{ nothing.there }}', 'nothing'],
    ['a mode that is not there', step('{ mode: verify-life }'), 'verify-life'],
    [
      'an input that its mode does not have',
      step('{ mode: stamp, biuld-id: "${{ github.sha }}" }'),
      'biuld-id',
    ],
    ['a value that is not taken', step('{ mode: verify-live, within: soon }'), 'soon'],
    [
      'an output that its mode does not have',
      `${step('{ mode: stamp }')}\n- run: echo "\${{ steps.x.outputs.id }}"`,
      'no output id',
    ],
    [
      'an input that a called workflow does not have',
      'on: push\njobs: { a: { uses: org/ship-proof/.github/workflows/prove.yml@v1, with: { urls: x } } }',
      'urls',
    ],
    ['a section that is not there', 'version: 1\nlive: { urls: [https://app.example.com/] }', 'urls'],
    ['a runner with what it does not have', 'runners: { digest: { cap: 5 } }', 'cap'],
    ['a value of a deploy', 'deploy: { production: { stale-after: soon } }', 'soon'],
    ['a lock that is not there', 'policy: { shop: 5 }', 'shop'],
    ['an expectation that is not there', '- name: home\n  get: /\n  expect: { contents: x }', 'contents'],
    ['a write without a look', 'idempotency: { writes: [{ name: x, write: { post: / } }] }', 'observe'],
    ['something else', 'hello: world', 'this is no workflow'],
  ])('finds %s', async (_, text, word) => {
    expect((await yamlProblems({ text })).join('\n')).toContain(word);
  });

  it('has nothing against what is right', async () => {
    expect(
      await yamlProblems({ text: step('{ mode: verify-live, url: "${{ env.URL }}", within: 5m }') }),
    ).toEqual([]);
  });
});

describe('the JSON of the pages', () => {
  const JSONS = BLOCKS.filter(({ language }) => language === 'json');
  it('can be parsed', () => {
    for (const { at, text } of JSONS) expect(() => JSON.parse(text), at).not.toThrow();
  });
});

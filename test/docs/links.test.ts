import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { anchorsOf, brokenLinks } from './links.ts';
import { pages, ROOT } from './pages.ts';

describe('the links of the pages', () => {
  const all = pages();

  it.each(all)('$path: each leads somewhere', (page) => {
    expect(brokenLinks(page)).toEqual([]);
  });

  it('are found', () => {
    expect(all.length).toBeGreaterThan(30);
    const links = all.flatMap(({ text }) => [...text.matchAll(/\]\([^)]+\)/g)]);
    expect(links.length).toBeGreaterThan(100);
  });

  it('leave no page of docs out of reach', () => {
    const index = readFileSync(join(ROOT, 'docs/README.md'), 'utf8');
    const unlisted = readdirSync(join(ROOT, 'docs'))
      .filter((name) => name.endsWith('.md') && name !== 'README.md')
      .filter((name) => !index.includes(`](${name})`));
    expect(unlisted).toEqual([]);
  });

  const page = (text: string) => ({
    path: 'docs/tick.md',
    text: `# A page, with \`code\` & more\n\n${text}\n`,
  });

  it.each([
    ['[x](nowhere.md)', 'there is no such file'],
    ['[x](../../etc/passwd)', 'leads out of the repository'],
    ['[x](#nothing)', 'nothing has this anchor'],
    ['[x](drill.md#nothing)', 'nothing has this anchor'],
    ['![x](assets/nothing.svg)', 'there is no such file'],
    ['<img src="assets/nothing.svg">', 'there is no such file'],
    ['[`x`](nowhere.md)', 'there is no such file'],
    ['[x](https://github.com/org/ship-proof/blob/main/docs/nowhere.md)', 'there is no such file'],
    ['[x](https://github.com/org/ship-proof/blob/main/docs/errors.md#nothing)', 'nothing has this anchor'],
    [
      '[x](https://raw.githubusercontent.com/org/ship-proof/v1/docs/schemas/nowhere.json)',
      'there is no such file',
    ],
  ])('finds what is wrong with %s', (text, why) => {
    expect(brokenLinks(page(text))).toEqual([expect.stringContaining(why)]);
  });

  it.each([
    '[x](drill.md#answers)',
    '[x](../README.md)',
    '[x](#a-page-with-code--more)',
    '[x](https://example.com/)',
    '`[x](nowhere.md)`',
    '```text\n[x](nowhere.md)\n```',
    '- a\n\n  ```text\n  [x](nowhere.md)\n  ```',
  ])('has nothing against %j', (text) => {
    expect(brokenLinks(page(text))).toEqual([]);
  });

  it('gives a heading that stands twice two anchors', () => {
    expect([...anchorsOf(page('## Answers\n\n## Answers\n\n<a id="x"></a>'))]).toEqual([
      'a-page-with-code--more',
      'answers',
      'answers-1',
      'x',
    ]);
  });
});

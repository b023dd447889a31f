import { describe, expect, it } from 'vitest';
import { MODES } from '../../src/modes/registry.ts';
import { blocksOf, type Page, pages } from './pages.ts';

/** What the page of a mode does not say. */
function missing(page: Page): string[] {
  const { text } = page;
  const says = {
    'what exit 0 means': /^# [a-z-]+\n\nExit 0 (?:means|with)/.test(text),
    'how it is called': blocksOf(page).some(({ language }) => ['sh', 'yaml'].includes(language)),
    'how it can fail': /\| [1-4] \||\([1-4]\)|\bexit [1-4]\b/.test(text),
    'what to do then': /what to do|Restore|NOT DEPLOYED/.test(text),
    'its inputs': text.includes('<!-- generated:inputs -->'),
    'its outputs': text.includes('<!-- generated:outputs -->'),
  };
  return Object.entries(says).flatMap(([what, isSaid]) => (isSaid ? [] : [what]));
}

describe('the page of a mode', () => {
  const all = pages();

  it.each(Object.keys(MODES))('%s says all that belongs there', (mode) => {
    const page = all.find(({ path }) => path === `docs/${mode}.md`);
    expect(page && missing(page)).toEqual([]);
  });

  it('is told what it lacks', () => {
    expect(missing({ path: 'docs/x.md', text: '# x\n\nIt does x.\n' })).toHaveLength(6);
  });
});

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: scripts are full of them
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MODES } from '../../src/modes/registry.ts';
import { blocksOf, type Page, pages, ROOT } from './pages.ts';
import { callsIn, callsInText, commandsIn, shellProblems } from './shell.ts';

const PAGES = pages();
const SHELL = PAGES.flatMap(blocksOf).filter(({ language }) => language === 'sh');
const INLINE = PAGES.flatMap((page) => callsInText(page).map((text) => ({ at: page.path, text })));
const AGENTS = blocksOf(PAGES.find(({ path }) => path === 'docs/agents.md') ?? { path: '', text: '' });

const examples = (): Page[] =>
  readdirSync(join(ROOT, 'docs/examples')).map((name) => {
    const path = `docs/examples/${name}`;
    return { path, text: readFileSync(join(ROOT, path), 'utf8') };
  });

describe('the commands of the pages', () => {
  it.each(SHELL)('$at', async (block) => {
    expect(await shellProblems(block)).toEqual([]);
  });

  it.each(INLINE)('$at: $text', async ({ text }) => {
    expect(await shellProblems({ text: text.replace(/[…]/g, '') })).toEqual([]);
  });

  it('are understood where an agent is told of them', async () => {
    const told = AGENTS.flatMap(({ text }) =>
      [...text.matchAll(/`(npx github:org\/ship-proof [^`]*)`/g)].map(([, code = '']) => code),
    );
    expect(told.length).toBeGreaterThan(3);
    for (const text of told) {
      const plain = text
        .replace('build|publish|promote …', 'build')
        .replace('<command>', './build.sh')
        .replace(/\n\s*/g, ' ');
      expect(await shellProblems({ text: plain }), text).toEqual([]);
    }
  });

  it('never take the program from a registry, where the name may be anybody’s', () => {
    const taken = /npx (?:--yes |-y )?ship-proof|npm (?:i|install|exec) (?:-\S+ )*ship-proof/;
    const told = [...PAGES, ...examples()];
    expect(told.filter(({ text }) => taken.test(text)).map(({ path }) => path)).toEqual([]);
    expect('`npx ship-proof stamp`').toMatch(taken);
  });

  it('call every mode', () => {
    const called = new Set(SHELL.flatMap(({ text }) => callsIn(text).map(([mode]) => mode)));
    // A claim is made in a workflow, by a step.
    expect(Object.keys(MODES).filter((mode) => !called.has(mode) && mode !== 'claim')).toEqual([]);
  });

  it.each([
    ['a mode that is not there', 'ship-proof deploy --url x', 'no mode deploy'],
    ['a flag that is not there', 'npx --yes github:org/ship-proof stamp --folder dist', 'folder'],
    ['a value that is not taken', 'npx github:org/ship-proof verify-live --within soon', 'soon'],
    ['a flag on a continued line', 'ship-proof verify-live \\\n  --witin 5m', 'witin'],
    ['a command where none is run', 'ship-proof stamp --dir dist -- ./x.sh', 'runs no command'],
    ['what stands behind another command', 'cd /srv && A=b ship-proof tick --cap 5 -- ./x.sh', 'cap'],
    ['a line of a crontab', '0 */4 * * *  ship-proof tick --runer x -- ./x.sh', 'runer'],
    ['a demo that is not there', 'npm run demo -- --broken tool', 'tool'],
    ['what bash does not understand', 'if true; then echo', 'syntax error'],
    ['a list that is not understood', "ship-proof smoke --checks '- { gett: / }'", 'gett'],
  ])('finds %s', async (_, text, word) => {
    expect((await shellProblems({ text })).join('\n')).toContain(word);
  });

  it.each([
    ['a \'b c\' "d $ID e" $(date +%s) # f', [['a', 'b c', 'd build-1795190000-1a2b3c4 e', 'value']]],
    ['A=1 a > b 2>&1 && c || d; e | f', [['a'], ['c'], ['d'], ['e'], ['f']]],
    ['0 */4 * * *  a b >> c 2>&1', [['a', 'b']]],
    ['a "x \\"y\\"" \'{ z: "w" }\'', [['a', 'x "y"', '{ z: "w" }']]],
    ['a & b=$!; c 1', [['a'], ['c', '1']]],
  ])('reads %j', (script, commands) => {
    expect(commandsIn(script)).toEqual(commands);
  });
});

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ERROR_PAGE, errorPage } from '../../src/proof/error-page.ts';
import { runAction, runCli } from '../e2e/run-dist.ts';
import { errorCodes, sources } from './error-codes.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const PAGE = readFileSync(resolve(ROOT, 'docs/errors.md'), 'utf8');

/** The codes that a page has a row for. */
const explainedIn = (page: string): string[] =>
  [...page.matchAll(/^\| <a id="([^"]+)"><\/a>`([^`]+)` \| [^|]+ \| [^|]+ \|$/gm)].map(([, anchor, code]) =>
    anchor === code ? String(code) : `${anchor} is not ${code}`,
  );

const differences = (codes: readonly string[], page: string) => {
  const explained = explainedIn(page);
  return {
    without: codes.filter((code) => !explained.includes(code)),
    unknown: explained.filter((code) => !codes.includes(code)),
    twice: explained.filter((code, index) => explained.indexOf(code) !== index),
  };
};

describe('the index of errors', () => {
  it('has an entry for each code, and none for anything else', () => {
    expect(differences(errorCodes(sources()), PAGE)).toEqual({ without: [], unknown: [], twice: [] });
    expect(explainedIn(PAGE).length).toBeGreaterThan(80);
  });

  it.each([
    ["throw invalid('new-code', what + ' is wrong')"],
    ["const late = () =>\n  inconclusive(\n    'new-code',\n    'too late',\n  );"],
    ["throw invalidAt({ file, line }, 'new-code', message)"],
    ["throw new CodedError('failed', 'new-code', 'it (did) not, \\' work')"],
    ["has('error:new-code')"],
  ])('misses an entry for %j', (text) => {
    const added = { path: 'modes/new.ts', text: `import { invalid } from '../proof/errors.ts';\n${text}` };
    expect(differences(errorCodes([...sources(), added]), PAGE).without).toEqual(['new-code']);
  });

  it('finds an entry without a code, one that stands twice, and an anchor of another name', () => {
    const row = (anchor: string, code: string) => `| <a id="${anchor}"></a>\`${code}\` | what | do |\n`;
    expect(differences(['a'], row('a', 'a') + row('b', 'b')).unknown).toEqual(['b']);
    expect(differences(['a'], row('a', 'a') + row('a', 'a')).twice).toEqual(['a']);
    expect(differences(['a'], row('b', 'a')).without).toEqual(['a']);
  });

  it('does not pass over a code that is worked out', () => {
    const text = "import { invalid } from '../proof/errors.ts';\nthrow invalid(codeOf(x), 'message')";
    expect(() => errorCodes([{ path: 'modes/new.ts', text }])).toThrow('modes/new.ts: whence is the code');
  });
});

describe('where an error leads', () => {
  it.each([
    ['error:config-yaml', 'config-yaml', 'config-yaml'],
    ['smoke:error:input-missing', 'smoke: input-missing', 'input-missing'],
    ['input:within', 'input-invalid: input `within`', 'input-invalid'],
    ['verify-live:input:within', 'verify-live: input-unknown: input `within`', 'input-unknown'],
    ['checks:2', 'checks-invalid', 'checks-invalid'],
    ['checks:1', 'secret-short', 'secret-short'],
    ['live', 'the build is live', undefined],
    ['smoke:error', 'error', undefined],
    ['claim:claims/1e/6f95', 'claim', undefined],
  ])('%s, %s: %s', (id, title, code) => {
    expect(errorPage({ id, title })).toBe(code && `${ERROR_PAGE}#${code}`);
  });

  it('is a page of the repository', () => {
    expect(ERROR_PAGE).toBe('https://github.com/org/ship-proof/blob/main/docs/errors.md');
  });

  it.each([
    [['deploy'], 'mode-unknown'],
    [['smoke', '--within', 'soon'], 'input-invalid'],
    [['smoke', '--witin', '5s'], 'input-unknown'],
    [['smoke'], 'input-missing'],
    [['smoke', '--checks', '- { gett: / }'], 'checks-invalid'],
    [['prove', '--url', 'http://localhost:9/', '--build-id', 'b'], 'input-missing'],
    [['stamp', '--dir', 'nowhere'], 'folder-unreadable'],
    [['once', '--action', 'a', '--store', 'git+file:/nowhere', '--', 'true'], 'store-not-found'],
  ])('is printed with it: %j', async (args, code) => {
    const run = await runCli(args);
    const told = run.events.flatMap(({ fields }) => fields.see ?? []);
    expect(told, run.stdout).toContain(`${ERROR_PAGE}#${code}`);
    expect(explainedIn(PAGE)).toContain(code);
  });

  it('is printed in the action too, and nothing is printed with what is no error', async () => {
    await using action = await runAction({ mode: 'stampp' });
    expect(action.stdout).toContain(` see=${ERROR_PAGE}#mode-unknown\n`);
    const wrong = await runCli(['smoke', '--page', 'http://localhost:9/', '--within', '1s']);
    expect(wrong.code).toBe(3);
    expect(wrong.stdout).toContain('check=');
    expect(wrong.stdout).not.toContain('see=');
  });
});

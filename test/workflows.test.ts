// biome-ignore-all lint/suspicious/noTemplateCurlyInString: workflows are full of them
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ownAction } from './actions-runner/own-action.ts';
import { RESTRICTED } from './actions-runner/permissions.ts';
import { loadCalled, startProblems } from './actions-runner/reusable.ts';
import { problemsOf, readWorkflow, type WorkflowDefinition } from './actions-runner/workflow-file.ts';
import { requireOrSkip } from './targets/requirements.ts';
import { actionlint, shellcheck } from './workflows/linters.ts';
import { RULES, type Workflow } from './workflows/rules.ts';

const ROOT = resolve(import.meta.dirname, '..');
const FOLDER = join(ROOT, '.github/workflows');

const workflow = (path: string, text: string): Workflow => ({
  path,
  text,
  definition: parse(text) as WorkflowDefinition,
});

const WORKFLOWS = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.yml'))
  .map((name) => workflow(`.github/workflows/${name}`, readFileSync(join(FOLDER, name), 'utf8')));

const scriptsOf = ({ definition }: Workflow): string[] =>
  Object.values(definition.jobs).flatMap(({ steps = [] }) => steps.flatMap(({ run }) => run ?? []));

/** A workflow that keeps every rule, to be broken in one place. */
const GOOD = `
on: [push, workflow_call]
permissions: {}
concurrency: { group: g, queue: max }
jobs:
  a:
    runs-on: ubuntu-latest
    timeout-minutes: 5
    permissions: { contents: read }
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with:
          persist-credentials: false
      - run: echo "$NAME"
        env: { NAME: "\${{ github.actor }}" }
  b:
    needs: a
    if: \${{ !cancelled() && needs.a.result == 'success' }}
    runs-on: ubuntu-latest
    timeout-minutes: 5
    permissions: {}
    steps: [{ run: 'true' }]
`;
const broken = (from: string, to: string): Workflow => workflow('broken.yml', GOOD.replace(from, to));

const BROKEN: readonly (readonly [rule: keyof typeof RULES, what: string, from: string, to: string])[] = [
  ['noExpressionInRun', 'a value in a script', '"$NAME"', '"${{ github.actor }}"'],
  ['pinnedUses', 'a tag', '@3d3c42e5aac5ba805825da76410c181273ba90b1', '@v7'],
  ['pinnedUses', 'a short commit', '@3d3c42e5aac5ba805825da76410c181273ba90b1', '@3d3c42e'],
  ['pinnedUses', 'a commit of no version', ' # v7.0.1', ''],
  ['declaredPermissions', 'a workflow with the default', 'permissions: {}\n', ''],
  ['declaredPermissions', 'a job with the default', '    permissions: { contents: read }\n', ''],
  ['declaredPermissions', 'a job that may do all', '{ contents: read }', 'write-all'],
  [
    'noInheritedSecrets',
    'all secrets',
    '\n    timeout-minutes: 5',
    '\n    timeout-minutes: 5\n    secrets: inherit',
  ],
  [
    'noPersistedCredentials',
    'a token that stays',
    '        with:\n          persist-credentials: false\n',
    '',
  ],
  ['noPersistedCredentials', 'one that stays without a reason', 'credentials: false', 'credentials: true'],
  ['limitedTime', 'a job without a limit', '    timeout-minutes: 5\n', ''],
  ['noRiskyEvents', 'a contributor’s code with secrets', 'on: [push', 'on: [pull_request_target'],
  ['nothingCancelled', 'a newer run that cancels', 'queue: max', 'cancel-in-progress: true'],
  ['ownConditions', 'a condition that asks for no status', '!cancelled() && ', ''],
];

describe('the workflows', () => {
  it.each(WORKFLOWS)('$path: the official parser accepts it', async ({ path, text }) => {
    expect(await problemsOf(path, text)).toEqual([]);
  });

  it.each(WORKFLOWS)('$path: actionlint accepts it', async (own) => {
    expect(await actionlint(own)).toEqual([]);
  });

  it.for(WORKFLOWS)('$path: shellcheck accepts its scripts', (own, ctx) => {
    const missing = requireOrSkip(['shellcheck']);
    if (missing) ctx.skip(missing);
    expect(scriptsOf(own).flatMap((script) => shellcheck(script))).toEqual([]);
  });

  describe.each(Object.entries(RULES))('%s', (name, rule) => {
    it.each(WORKFLOWS)('holds in $path', (own) => {
      expect(rule(own)).toEqual([]);
    });

    it('holds in the good example', () => {
      expect(rule(workflow('good.yml', GOOD))).toEqual([]);
    });

    const cases = BROKEN.filter(([of]) => of === name);
    it.each(cases)('%s: finds %s', (_, __, from, to) => {
      const bad = broken(from, to);
      expect(bad.text).not.toBe(GOOD);
      expect(rule(bad)).toHaveLength(1);
      const others = Object.entries(RULES).filter(([other]) => other !== name);
      expect(others.flatMap(([, other]) => other(bad))).toEqual([]);
    });
    it('has an example that breaks it', () => expect(cases).not.toEqual([]));
  });
});

/** The examples in the documentation that are whole workflows. */
const EXAMPLES = ['README.md', ...readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`)]
  .filter((name) => name.endsWith('.md'))
  .flatMap((name) => {
    const blocks = [...readFileSync(join(ROOT, name), 'utf8').matchAll(/```yaml\n(.*?)```/gs)];
    return blocks.map(([, text = ''], index) => ({ name: `${name}#${index + 1}`, text }));
  })
  .filter(({ text }) => /^on:/m.test(text) && /^jobs:/m.test(text));

describe('an example in the documentation', () => {
  it.each(EXAMPLES)('$name would start', async ({ name, text }) => {
    const file = await readWorkflow(name, text);
    const action = ownAction();
    const source = { repository: 'octo-org/octo-repo', path: name, sha: '', isAction: false };
    const nothing = { git: () => '' };
    const problems = await startProblems({ file, source }, RESTRICTED, async ({ uses }, from) =>
      uses === undefined ? undefined : loadCalled(uses, from, action, nothing),
    );
    expect(problems).toEqual([]);
  });

  it('is there', () => expect(EXAMPLES.length).toBeGreaterThan(1));
});

describe('the linters', () => {
  it('the official parser finds an unknown key and an unknown context', async () => {
    expect(await problemsOf('x.yml', GOOD.replace('timeout-minutes', 'timeout-hours'))).not.toEqual([]);
    expect(await problemsOf('x.yml', GOOD.replace('github.actor', 'nothing.there'))).not.toEqual([]);
  });

  it('actionlint finds an unknown property, and what it is too old for is let through', async () => {
    expect(await actionlint({ path: 'x.yml', text: GOOD })).toEqual([]);
    expect(
      await actionlint({ path: 'x.yml', text: GOOD.replace('github.actor', 'github.nobody') }),
    ).toHaveLength(1);
  });

  it('shellcheck finds an unquoted variable', (ctx) => {
    const missing = requireOrSkip(['shellcheck']);
    if (missing) ctx.skip(missing);
    expect(shellcheck('rm $1\n')).toHaveLength(1);
  });
});

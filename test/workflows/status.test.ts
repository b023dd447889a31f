import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { workflowDispatch } from '../actions-runner/events.ts';
import type { RunOptions } from '../actions-runner/run-workflow.ts';
import { runCli } from '../e2e/run-dist.ts';
import { makePlace, type Place } from './deploy-place.ts';

let place: Place;
beforeAll(async () => {
  place = await makePlace();
  const store = ['--store', `git+file:${place.repository.path}`];
  const args = [
    'tick',
    '--runner',
    'digest',
    '--spend-cap',
    '5',
    '--estimate',
    '0.4',
    ...store,
    '--run',
    'true',
  ];
  const { code, stdout } = await runCli(args);
  if (code !== 0) throw new Error(stdout);
});
afterAll(() => place[Symbol.asyncDispose]());

const caller = (given: object, permissions = '{ contents: read }') => `
on: workflow_dispatch
permissions: {}
jobs:
  page:
    permissions: ${permissions}
    uses: org/ship-proof/.github/workflows/status.yml@v1
    with: ${JSON.stringify({ runner: 'digest', ...given })}
`;
const run = async (given: object, permissions?: string, options: Partial<RunOptions> = {}) => {
  const shown: string[] = [];
  const ran = await place.run(caller(given, permissions), {
    event: workflowDispatch(place.repository),
    actions: {
      'actions/upload-pages-artifact': async ({ inputs, workspace }) => {
        shown.push(`${inputs.name}:`, ...readdirSync(join(workspace, inputs.path ?? '')));
      },
    },
    ...options,
  });
  return { ran, shown };
};

describe.skipIf(process.platform === 'win32')('status.yml', { timeout: 240_000 }, () => {
  it('keeps the page of a runner, and only that, as an artifact and for Pages', async () => {
    const { ran, shown } = await run({ pages: true });
    expect(ran.result, ran.logs).toBe('success');
    const { state, page } = ran.outputs.page ?? {};
    expect(state).toBe('ok');
    const folder = place.services.artifacts.get(`${ran.id}/${page}`) ?? '';
    expect(readdirSync(folder)).toEqual(['index.html']);
    expect(readFileSync(join(folder, 'index.html'), 'utf8')).toContain('digest');
    const pages = 'github-pages-digest-1';
    expect(shown).toEqual([`${pages}:`, 'index.html']);
    expect(ran.outputs.page?.pages).toBe(pages);
    // A run has a name for one artifact only, whichever attempt made it.
    const second = await run({ pages: true }, undefined, { runId: ran.id, attempt: 2 });
    expect(second.ran.result, second.ran.logs).toBe('success');
    expect(second.ran.outputs.page?.pages).toBe('github-pages-digest-2');
  });

  it('reads only, makes no Pages unless asked, and is red where it may not read', async () => {
    const before = place.ledger();
    const { ran, shown } = await run({});
    expect(ran.result, ran.logs).toBe('success');
    expect([shown, ran.outputs.page?.pages]).toEqual([[], '']);
    expect(place.ledger()).toEqual(before);
    const { ran: blind } = await run({}, '{}');
    expect(blind.problems.join()).toContain("'contents: read'");
  });

  it('is red for a ledger that can’t be read, and keeps no page then', async () => {
    const { ran } = await run({ 'ledger-id': 'another' });
    expect(ran.result).toBe('failure');
    expect(ran.outputs.page).toMatchObject({ page: '' });
    expect(existsSync(join(place.repository.root, '.artifacts', String(ran.id)))).toBe(false);
  });
});

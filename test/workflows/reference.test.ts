import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { requested } from '../actions-runner/permissions.ts';
import { readWorkflow } from '../actions-runner/workflow-file.ts';
import { referenceOf } from './reference.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const PAGE = join(ROOT, 'docs/workflows.md');
const NAMES = ['prove', 'deploy', 'rollback', 'unattended', 'status'] as const;
const load = (name: string) => {
  const path = `.github/workflows/${name}.yml`;
  return readWorkflow(path, readFileSync(join(ROOT, path), 'utf8'));
};

describe('docs/workflows.md', () => {
  it.each(NAMES)('has the inputs, secrets and outputs of %s.yml', async (name) => {
    const { call } = await load(name);
    const table = `<!-- workflow:${name} -->\n${referenceOf(call ?? {})}\n<!-- /workflow -->`;
    const text = readFileSync(PAGE, 'utf8');
    const place = new RegExp(`<!-- workflow:${name} -->[^]*?<!-- /workflow -->`);
    // To fill the page in: SHIP_PROOF_WRITE_REFERENCE=1.
    if (process.env.SHIP_PROOF_WRITE_REFERENCE)
      writeFileSync(
        PAGE,
        text.replace(place, () => table),
      );
    expect(place.exec(readFileSync(PAGE, 'utf8'))?.[0]).toBe(table);
  });

  it.each(NAMES)('says what the job that calls %s.yml has to grant, and no more', async (name) => {
    const { definition } = await load(name);
    const wanted: Record<string, string> = {};
    for (const { permissions } of Object.values(definition.jobs)) {
      for (const [scope, level] of Object.entries(requested(permissions) ?? {})) {
        if (scope !== 'metadata' && wanted[scope] !== 'write') wanted[scope] = level;
      }
    }
    const row = readFileSync(PAGE, 'utf8')
      .split('\n')
      .find((line) => line.startsWith(`| [${name}.yml]`));
    const told = [...(row ?? '').matchAll(/`([a-z-]+): (read|write)`/g)].map(([, scope, level]) => [
      scope,
      level,
    ]);
    expect(Object.fromEntries(told)).toEqual(wanted);
  });

  it('the scripts that hand secrets over are one and the same', async () => {
    const scripts = await Promise.all(
      NAMES.map(async (name) => {
        const { definition } = await load(name);
        return Object.values(definition.jobs).flatMap(({ steps = [] }) =>
          steps.filter((step) => step.name?.startsWith('Hand over')).map(({ run }) => run),
        );
      }),
    );
    expect(scripts.flat().length).toBeGreaterThan(5);
    expect(new Set(scripts.flat()).size).toBe(1);
  });
});

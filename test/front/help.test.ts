import { expect, it } from 'vitest';
import { inputRows, modeHelp, programHelp } from '../../src/front/help.ts';
import { loadAllModes } from '../../src/modes/registry.ts';
import { EXIT_CODES } from '../../src/proof/outcome.ts';

const modes = await loadAllModes();

it.each(modes.map((mode) => [mode.name, mode] as const))(
  'describes every input and output of %s',
  (_, mode) => {
    const rows = inputRows(mode);
    const page = modeHelp(mode);
    for (const { name, description, allowed } of rows) {
      expect(description, name).not.toBe('');
      expect(page).toContain(`  --${name}`);
      expect(page).toContain(`Allowed: ${allowed}.`);
    }
    for (const output of [...Object.keys(mode.outputs), 'proof-outcome', 'proof', 'summary'])
      expect(page).toContain(`  ${output}: `);
    expect(page).toContain(`/docs/${mode.name}.md`);
    expect(page.includes('[-- command argument …]')).toBe(mode.takesCommand ?? false);
    expect(page).not.toMatch(/undefined|\[object/);
  },
);

it('tells required inputs and defaults apart', () => {
  const rows = Object.fromEntries(
    modes
      .filter(({ name }) => name === 'verify-live')
      .flatMap(inputRows)
      .map((row) => [row.name, row]),
  );
  expect(rows.url).toMatchObject({ required: true, default: undefined });
  expect(rows.within).toMatchObject({ required: false, default: '2m' });
  expect(rows['fail-fast']).toMatchObject({ required: false, default: 'false' });
  expect(rows.headers).toMatchObject({ required: false, default: undefined });
});

it('lists every mode and every exit code', () => {
  const page = programHelp(modes);
  for (const { name, summary } of modes)
    expect(page).toMatch(new RegExp(`^  ${name} +${summary.slice(0, 10)}`, 'm'));
  for (const code of Object.values(EXIT_CODES)) expect(page).toContain(`${code} `);
});

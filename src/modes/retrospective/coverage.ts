import type { Covered } from '../../runner/coverage.ts';
import type { Account } from '../../runner/retrospective.ts';
import { document, NO_EVIDENCE, table, words } from './words.ts';

/** Where an input is configured: `file:line`. */
export type Places = ReadonlyMap<string, string>;

/** The controls that nobody can be shown where they are configured. */
export const unplaced = ({ coverage }: Account, places: Places): readonly Covered[] =>
  coverage.filter(
    ({ inputs, otherwise }) => otherwise === undefined && !inputs.some((input) => places.has(input)),
  );

/** coverage.md: each control, where it is configured, and what proved it when. */
export function coverageText(account: Account, places: Places): string {
  const rows = account.coverage.map(({ control, inputs, otherwise, unneeded, proof }) => {
    const at = inputs.flatMap((input) => {
      const place = places.get(input);
      return place === undefined ? [] : [`${input} at ${words(place)}`];
    });
    return [
      control,
      at.length > 0 ? at.join(', ') : (otherwise ?? `${NO_EVIDENCE}: NOT IN THE CONFIG OR A WORKFLOW`),
      proof?.by ?? unneeded ?? NO_EVIDENCE,
      proof?.at ?? (unneeded === undefined ? NO_EVIDENCE : '–'),
    ];
  });
  return document([
    `# Coverage of ${account.book.runner}`,
    '',
    ...table(['control', 'configured', 'proved by', 'when'], rows),
  ]);
}

import { commandsRan } from '../ports/command-mark.ts';
import { refused } from '../proof/errors.ts';
import type { Mode } from './mode.ts';

/**
 * Refuses to sign where a command ran, or will: it could sign in our place, with anything that it likes. Said before
 * anything is done. Throws `attest-after-command`.
 */
export function assertMayAttest(
  { name, takesCommand }: Pick<Mode, 'name' | 'takesCommand'>,
  input: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string | undefined>>,
): void {
  const will = takesCommand === true || input.run !== undefined || input.write !== undefined;
  if (!will && !commandsRan(env)) return;
  const what = will ? `\`${name}\` runs a command` : 'an earlier step of this job ran a command';
  throw refused(
    'attest-after-command',
    `\`attest\` is refused: ${what}, and what a command leaves behind could sign in its place. Run what needs commands in one job, and prove and attest in another`,
  );
}

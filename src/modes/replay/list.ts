import { invalidAt } from '../../config/place.ts';
import type { Located } from '../../config/yaml.ts';
import { invalid } from '../../proof/errors.ts';
import { judgePlaces, type WrittenRequest } from '../allowed-places.ts';
import { isOwnWord, readChecks } from '../checks-input.ts';
import type { Ports } from '../mode.ts';
import { writableOrigins } from './kinds.ts';
import { planWrites, shortcutWrite } from './plan.ts';
import { mapOf } from './steps.ts';
import { canDiffer, refuseUnlessWritable } from './traits.ts';
import type { PlannedWrite } from './work.ts';
import { judgeWritable, type Writable } from './writable.ts';

export interface WritesGiven {
  readonly checks?: string | Located | undefined;
  readonly writes?: string | Located | undefined;
  readonly write?: string | undefined;
  readonly observe?: string | undefined;
  readonly 'base-url'?: URL | undefined;
  readonly 'allow-writes-to'?: Writable | undefined;
}

export interface Planned {
  readonly writes: readonly PlannedWrite[];
  readonly writable: Writable;
}

const KEYS = ['allow-writes-to', 'writes'];

/** All writes that are to be made, and where. Throws for what is wrong with any of them, and when one is not allowed. */
export async function planAll(given: WritesGiven, ports: Ports): Promise<Planned> {
  const list = given.checks ?? given.writes;
  const found = list === undefined ? undefined : await readList(list, ports);
  const writable = given['allow-writes-to'] ?? found?.writable ?? { origins: new Set(), commands: false };
  // A list may say itself what may be written to; where a policy bounds that, it bounds the list too.
  if (ports.writable) judgeWritable(ports.writable, writable);
  const shortcut = shortcutWrite(given);
  const listed = found
    ? await planWrites(found.writes, { hasBaseUrl: given['base-url'] !== undefined }, ports)
    : [];
  const writes = [...(shortcut ? [shortcut] : []), ...listed];
  if (writes.length === 0) {
    throw invalid(
      'input-missing',
      'nothing to write: give `checks`, or `write` and `observe`, or a config with `idempotency: writes:`',
    );
  }
  if (shortcut && listed.some(({ name }) => name === shortcut.name)) {
    throw invalid(
      'input-conflict',
      'the shortcut and a write of the list are both called "command"; rename the write',
    );
  }
  const alike = writes.find((write) => !canDiffer(write, given['base-url']));
  if (alike) {
    throw invalidAt(
      alike.write.place,
      'checks-invalid',
      `the write ${JSON.stringify(alike.name)} holds neither \`{{key}}\` nor \`{{nonce}}\`, so every write is the same and nothing can be told apart`,
    );
  }
  const { 'base-url': baseUrl } = given;
  const made = writes.filter(({ skip }) => skip === undefined);
  refuseUnlessWritable(made, writable, baseUrl);
  if (ports.allowedUrls) {
    // What may be written to may be looked at.
    const judged = new Set([...writable.origins, ...(baseUrl ? [baseUrl.origin] : [])]);
    judgePlaces(ports.allowedUrls, made.flatMap(looksOf), baseUrl, judged);
  }
  return { writes, writable };
}

const looksOf = ({ sight: { work } }: PlannedWrite): readonly WrittenRequest[] =>
  work.kind === 'request' ? [work.step] : [];

/** The list itself, or a map like the config's section. */
async function readList(
  given: string | Located,
  { cwd, env }: Ports,
): Promise<{ readonly writes: Located; readonly writable: Writable | undefined }> {
  const root = await readChecks(given, cwd, env);
  const section = mapOf(root);
  if (!section) return { writes: root, writable: undefined };
  const unknown = [...section].find(([key]) => !KEYS.includes(key));
  const writes = section.get('writes');
  if (unknown || !writes) {
    throw invalidAt(
      unknown?.[1] ?? root,
      'checks-invalid',
      `expected a list of writes, or a map of ${KEYS.map((key) => `\`${key}\``).join(' and ')}`,
    );
  }
  const allowed = section.get('allow-writes-to');
  if (!allowed) return { writes, writable: undefined };
  if (!isOwnWord(root, env)) {
    throw invalidAt(
      allowed,
      'config-untrusted',
      "on this event the checkout may be a contributor's, so its files can't say what may be written to; give `allow-writes-to` in the workflow",
    );
  }
  const { plain } = await import('../../config/yaml.ts');
  const parsed = writableOrigins().safeParse(plain(allowed, (text) => text));
  if (parsed.success) return { writes, writable: parsed.data };
  throw invalidAt(
    allowed,
    'checks-invalid',
    'expected origins such as https://staging.example.com, and the word commands',
  );
}

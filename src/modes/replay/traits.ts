import type { WriteTraits } from '../../once/replay/cases.ts';
import type { Identity } from '../../once/replay/replay.ts';
import { refused } from '../../proof/errors.ts';
import { compose } from '../../smoke/compose.ts';
import { render, type Values } from '../../smoke/template.ts';
import { valuesOf } from './do.ts';
import { type PlannedWrite, type Work, writesOf } from './work.ts';
import type { Writable } from './writable.ts';

/** What goes out for a piece of work, in parts that can be compared. */
interface Sent {
  readonly url: string;
  readonly origin: string | undefined;
  readonly headers: string;
  readonly body: string;
}

const A: Identity = { key: 'key-a', nonce: 'nonce-a' };

/** What a write is made of, found out by filling its places in different ways. */
export function traitsOf(planned: PlannedWrite, baseUrl: URL | undefined): Omit<WriteTraits, 'without'> {
  const { write, other } = planned;
  const sent = (identity: Identity) => JSON.stringify(sentBy(write, valuesOf(identity), baseUrl));
  const payload = (identity: Identity) => {
    const { url, body } = sentBy(write, valuesOf(identity), baseUrl);
    return JSON.stringify([url, body]);
  };
  return {
    isCommand: write.kind !== 'request',
    hasKey: sent(A) !== sent({ ...A, key: 'key-b' }),
    hasOtherPayload: other !== undefined || payload(A) !== payload({ ...A, nonce: 'nonce-b' }),
  };
}

/** Whether a write with another key and nonce is another write at all. */
export const canDiffer = ({ write }: PlannedWrite, baseUrl: URL | undefined): boolean =>
  JSON.stringify(sentBy(write, valuesOf(A), baseUrl)) !==
  JSON.stringify(sentBy(write, valuesOf({ key: 'key-b', nonce: 'nonce-b' }), baseUrl));

function sentBy(work: Work, values: Values, baseUrl: URL | undefined): Sent {
  if (work.kind !== 'request') {
    // What a script makes of the two variables nobody can see but by their names.
    const text =
      work.kind === 'program'
        ? JSON.stringify(work.argv.map((part) => render(part, values).text))
        : scriptWith('script' in work.command ? work.command.script : '', values);
    return { url: '', origin: undefined, headers: '', body: text };
  }
  const composed = compose(work.step, values, baseUrl);
  if (composed.kind === 'unsendable') return { url: composed.why, origin: undefined, headers: '', body: '' };
  const { url, headers, body } = composed.outgoing;
  const bytes = body ? Buffer.from(body.bytes).toString('base64') : '';
  return { url: url.href, origin: url.origin, headers: JSON.stringify(headers), body: bytes };
}

/** A key may reach a script's program without being named in it; a nonce counts only where it is named. */
const scriptWith = (script: string, values: Values): string =>
  `${values.get('key')?.json} ${script.replaceAll('SHIP_PROOF_NONCE', String(values.get('nonce')?.json))}`;

/**
 * Real writes go only where the user said that they may: refused before anything is sent. What is captured stays unknown until
 * then; the guard on every hop looks at that.
 */
export function refuseUnlessWritable(
  writes: readonly PlannedWrite[],
  writable: Writable,
  baseUrl: URL | undefined,
): void {
  for (const planned of writes) {
    for (const work of workToAllow(planned)) {
      const at = ` (${JSON.stringify(planned.name)}, ${work.place.file}:${work.place.line})`;
      if (work.kind !== 'request') {
        // The shortcut's two scripts are inputs: the user's own word.
        if (writable.commands || planned.origin === 'input') continue;
        throw refused(
          'writes-not-allowed',
          `the list runs commands${at}; if they may write, add the line \`commands\` to \`allow-writes-to\``,
          { at: work.place },
        );
      }
      const origin = originOf(work, planned, baseUrl);
      if (origin === undefined || writable.origins.has(origin)) continue;
      throw refused(
        'writes-not-allowed',
        `these are real writes, and \`allow-writes-to\` does not name ${origin}${at}; add it if this is an environment that may be written to`,
        { at: work.place },
      );
    }
  }
}

/** A look that is no GET may write, too. */
const workToAllow = (planned: PlannedWrite): readonly Work[] => {
  const { work } = planned.sight;
  const harmless = work.kind === 'request' && work.step.method === 'GET';
  return harmless ? writesOf(planned) : [...writesOf(planned), work];
};

function originOf(work: Work, { write }: PlannedWrite, baseUrl: URL | undefined): string | undefined {
  const captured = write.kind === 'request' ? write.step.captures : [];
  const values = new Map([
    ...valuesOf(A),
    ...captured.map(({ name }) => [name, { json: 'captured', secret: false, captured: true }] as const),
  ]);
  return sentBy(work, values, baseUrl).origin;
}

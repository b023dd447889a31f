import type { Answer } from '../answer.ts';
import type { About, Expectation } from '../plan.ts';
import type { Finding } from '../result.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { render, type Values } from '../template.ts';
import { subjectOf } from './subject.ts';
import { holds } from './test.ts';
import { createShower, type Shower, seen, wanted } from './wording.ts';

/** `holds` as text: it can't be said, and then neither the expectation nor its opposite counts as met. */
interface Judgement {
  readonly holds: boolean | string;
  /** A function where saying it costs something: it is asked only of what did not hold. */
  readonly observed: string | (() => string);
}

/**
 * Holds every expectation against the answer; what comes back is all that is wrong, in order. `mask` takes the secrets out of
 * what is shown, before it is shortened.
 */
export async function judge(
  expectations: readonly Expectation[],
  answer: Answer,
  values: Values,
  sandbox: Sandbox,
  mask: (text: string) => string = (text) => text,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const shower = createShower(mask);
  for (const { about, negated, label, place } of expectations) {
    const { holds: held, observed } = await decide(about, answer, values, sandbox, shower);
    if (held === !negated) continue;
    findings.push({
      status: 'fail',
      title: label,
      expected: `${negated ? 'not: ' : ''}${wanted(about, values, shower)}`,
      observed: typeof held === 'string' ? held : typeof observed === 'string' ? observed : observed(),
      place,
    });
  }
  return findings;
}

async function decide(
  about: About,
  answer: Answer,
  values: Values,
  sandbox: Sandbox,
  shown: Shower,
): Promise<Judgement> {
  switch (about.kind) {
    case 'status':
      return {
        holds: about.allowed.some((allowed) => isStatus(allowed, answer.status)),
        observed: `status ${answer.status}`,
      };
    case 'max-time':
      return { holds: answer.elapsedMs <= about.ms, observed: `${answer.elapsedMs} ms` };
    case 'max-bytes':
      return { holds: answer.unread ?? answer.bytes <= about.bytes, observed: `${answer.bytes} bytes` };
    case 'sha256': {
      const observed = answer.sha256();
      return {
        holds: answer.unread ?? observed === render(about.hex, values).text.trim().toLowerCase(),
        observed,
      };
    }
    case 'tls-days':
      return decideCertificate(about.days, answer);
    case 'json-schema':
      return decideSchema(about, answer, sandbox);
    default: {
      const subject = await subjectOf(about, answer, sandbox);
      if (subject.kind === 'none') return { holds: subject.why, observed: subject.why };
      return {
        holds: await holds(about.test, subject, values, sandbox),
        observed: () => seen(about, subject, answer, shown),
      };
    }
  }
}

/** `2xx` is a class. */
const isStatus = (allowed: string, status: number): boolean =>
  allowed.endsWith('xx') ? allowed[0] === String(status)[0] : allowed === String(status);

const DAY_MS = 86_400_000;

function decideCertificate(days: number, { certificateMs }: Answer): Judgement {
  if (certificateMs === undefined) return { holds: 'the answer did not come over TLS', observed: '' };
  const left = certificateMs / DAY_MS;
  return { holds: left >= days, observed: `it is valid for ${Math.floor(left)} days more` };
}

async function decideSchema(
  { schema }: Extract<About, { kind: 'json-schema' }>,
  answer: Answer,
  sandbox: Sandbox,
): Promise<Judgement> {
  if (answer.unread !== undefined) return { holds: answer.unread, observed: '' };
  const reply = await sandbox.ask({ kind: 'schema', schema, text: answer.json });
  if (reply.kind !== 'schema') return { holds: reply.kind === 'none' ? reply.why : '', observed: '' };
  return { holds: reply.errors.length === 0, observed: reply.errors.join('; ') || 'valid' };
}

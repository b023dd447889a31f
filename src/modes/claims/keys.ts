import { readFile } from 'node:fs/promises';
import type { Key, Keys } from '../../once/claims.ts';
import { canonicalKey, fingerprints, type Identity, keyName } from '../../once/key.ts';
import { inconclusive, invalid } from '../../proof/errors.ts';
import { parseJson } from '../../proof/parse-json.ts';
import { instant } from '../../proof/proof.ts';
import { MIN_SECRET_LENGTH } from '../../proof/redact.ts';
import type { Ports } from '../mode.ts';

export interface KeyInput {
  readonly action?: string | undefined;
  readonly recipient?: string | undefined;
  readonly day?: string | undefined;
  readonly key?: readonly string[] | undefined;
}

/** Understands which effects are meant. Throws `input-…` for what does not go together. */
export async function keysOf(given: KeyInput, ports: Ports): Promise<Keys> {
  const secret = ports.env.SHIP_PROOF_KEY_SECRET;
  if (secret) ports.secrets.add(secret);
  const mine = fingerprints(secret);
  const keys = identities(given, ports.clock.now()).map((identity): Key => {
    const canonical = canonicalKey(identity);
    const label =
      'action' in identity && /^[\w.-]{1,40}$/.test(identity.action) ? identity.action : undefined;
    return { canonical, label, name: keyName(identity, mine.of(canonical)) };
  });
  const repeated = keys.find(
    ({ canonical }, index) => keys.findIndex((key) => key.canonical === canonical) < index,
  );
  if (repeated)
    throw invalid(
      'input-invalid',
      `input \`key\` names ${JSON.stringify(repeated.name)} twice; give each key once`,
    );
  if (given.recipient !== undefined) {
    // We never print it, but the command may. What is too short to be masked would blur everything else.
    if (given.recipient.length >= MIN_SECRET_LENGTH) ports.secrets.add(given.recipient);
    if (!secret) await warnOfGuessing(ports);
  }
  return { keys, mine };
}

function identities(given: KeyInput, nowMs: number): Identity[] {
  const { action, recipient, day, key } = given;
  if (key !== undefined) {
    const extra = Object.entries({ action, recipient, day }).find(([, value]) => value !== undefined)?.[0];
    if (extra)
      throw invalid(
        'input-conflict',
        `input \`${extra}\` can't stand beside \`key\`, which is the whole key; give one or the other`,
      );
    return key.map((text) => ({ key: text }));
  }
  if (action === undefined)
    throw invalid(
      'input-missing',
      'give `action` (with `recipient` and `day` where there are any), or `key`',
    );
  if (day !== undefined && day !== 'none' && !isDay(day)) {
    throw invalid(
      'input-invalid',
      `input \`day\` is ${JSON.stringify(day.slice(0, 40))}; allowed: YYYY-MM-DD, or none`,
    );
  }
  return [{ action, recipient, day: day === 'none' ? undefined : (day ?? instant(nowMs).slice(0, 10)) }];
}

function isDay(text: string): boolean {
  const parsed = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T00:00:00.000Z`) : undefined;
  return parsed !== undefined && !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(text);
}

/** A ledger that everybody can read must not hold what everybody can guess. */
async function warnOfGuessing({ env, log }: Ports): Promise<void> {
  if (await isPublicRepository(env)) {
    throw invalid(
      'key-secret-missing',
      'this repository is public, and without SHIP_PROOF_KEY_SECRET the digest of a `recipient` in its ledger could be guessed by trying addresses; set the secret (any long random text) in the environment',
    );
  }
  log.event({
    warning: 'recipient-guessable',
    because:
      'the ledger holds a plain hash of the recipient, which whoever can read it can guess by trying addresses',
    advice: 'set SHIP_PROOF_KEY_SECRET to a long random text',
  });
}

async function isPublicRepository(env: Ports['env']): Promise<boolean> {
  if (env.GITHUB_ACTIONS !== 'true' || !env.GITHUB_EVENT_PATH) return false;
  const event = await readEvent(env.GITHUB_EVENT_PATH);
  const { repository } = event as { repository?: { private?: unknown } };
  return repository?.private === false;
}

/** The run's event; one that is not there tells nothing, and one that can't be read is no sign of a private repository. */
async function readEvent(path: string): Promise<object> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}';
    throw unreadable(path, error);
  });
  const event = parseJson(text);
  if (typeof event !== 'object' || event === null) throw unreadable(path);
  return event;
}

const unreadable = (path: string, cause?: unknown) =>
  inconclusive(
    'event-unreadable',
    `the run's event (GITHUB_EVENT_PATH, ${path}) can't be read as JSON, so it is unknown whether this repository is public, where the digest of a \`recipient\` could be guessed; fix it, or set SHIP_PROOF_KEY_SECRET to a long random text`,
    { cause },
  );

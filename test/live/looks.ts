import type { CachedCopy } from '../../src/live/freshness.ts';
import type { Answered, Faulted } from '../../src/live/look.ts';
import type { Encoding } from '../../src/live/question.ts';

export const PAGE = new URL('https://app.test/');

interface Place {
  readonly url?: URL;
  readonly address?: string;
  readonly encoding?: Encoding;
  readonly atMs?: number;
}

const seen = ({ url = PAGE, address = '192.0.2.1', encoding = 'br', atMs = 0 }: Place) => ({
  target: { url, address: { address, family: address.includes(':') ? 6 : 4 } as const, encoding },
  atMs,
  elapsedMs: 5,
  redirects: [],
});

/** An answer that carries an id, or none. */
export const answered = (
  served: string | undefined,
  given: Place & Partial<Omit<Answered, keyof Place>> = {},
): Answered => {
  const { url: _, address: __, encoding: ___, ...fields } = given;
  return {
    kind: 'answer',
    status: 200,
    served,
    unread: undefined,
    etag: undefined,
    ageS: undefined,
    cache: undefined,
    copy: undefined,
    retryAfterMs: undefined,
    ...seen(given),
    ...fields,
  };
};

export const faulted = (fault: Faulted['fault'], place: Place = {}): Faulted => ({
  kind: 'fault',
  fault,
  code: `E-${fault}`,
  explanation: `there was ${fault}`,
  ...seen(place),
});

export const copy = (expiresFromMs: number, given: Partial<CachedCopy> = {}): CachedCopy => ({
  expiresFromMs,
  expiresUntilMs: expiresFromMs + 1000,
  lifetimeMs: 60_000,
  seenAtMs: 0,
  by: 'cache-control: max-age=60',
  hit: true,
  ...given,
});

import { describe, expect, it } from 'vitest';
import { CASES, type Case, type Leavable } from '../../../src/once/replay/cases.ts';
import { type Effects, type Identity, replay } from '../../../src/once/replay/replay.ts';
import type { Reply } from '../../../src/once/replay/reply.ts';
import { systemClock } from '../../../src/ports/clock.ts';

/** A service as its faults: every combination of these is one. */
interface Model {
  /** What one write adds. */
  readonly adds: number;
  /** What a repetition with the same payload adds. */
  readonly repeats: number;
  /** Writes it takes before it takes no more. */
  readonly room: number;
  /** What a race of one key adds. */
  readonly raced: number;
  readonly payload: 'refused' | 'taken' | 'applied';
  /** What a write whose reply is dropped adds, and what its repetition adds. */
  readonly lost: readonly [number, number];
}

const MODELS: readonly Model[] = [0, 1, 2].flatMap((adds) =>
  [0, 1].flatMap((repeats) =>
    [1, 9].flatMap((room) =>
      [0, 1, 2].flatMap((raced) =>
        (['refused', 'taken', 'applied'] as const).flatMap((payload) =>
          [[1, 0] as const, [0, 1] as const, [1, 1] as const, [0, 0] as const].map((lost) => ({
            adds,
            repeats,
            room,
            raced: raced * adds,
            payload,
            lost: [lost[0] * adds, lost[1] * adds] as const,
          })),
        ),
      ),
    ),
  ),
);

function effectsOf(model: Model): Effects & { writes: number } {
  let [state, fresh, serial] = [0, 0, 0];
  const uses = new Map<string, { readonly identity: Identity; count: number; cut: boolean }>();
  const effects: Effects & { writes: number } = {
    writes: 0,
    clock: systemClock,
    signal: new AbortController().signal,
    newKey: () => `key-${serial++}`,
    newNonce: () => `nonce-${serial++}`,
    observe: async () => ({ kind: 'seen', seen: state }),
    send: async (identity, { cut }): Promise<Reply> => {
      effects.writes += 1;
      const accepted: Reply = { kind: 'status', status: 201 };
      const known = uses.get(identity.key);
      if (!known) {
        uses.set(identity.key, { identity, count: 1, cut });
        fresh += 1;
        // The third fresh key is the one that is raced.
        if (fresh <= model.room) state += cut ? model.lost[0] : fresh === 3 ? model.raced : model.adds;
        return cut ? { kind: 'cut' } : accepted;
      }
      known.count += 1;
      if (known.identity.nonce !== identity.nonce) {
        if (model.payload === 'applied') state += 1;
        return model.payload === 'refused' ? { kind: 'status', status: 422 } : accepted;
      }
      if (known.cut) state += model.lost[1];
      else if (fresh === 1) state += model.repeats;
      return accepted;
    },
  };
  return effects;
}

const isGood = ({ adds, repeats, room, raced, payload, lost }: Model): boolean =>
  adds > 0 &&
  repeats === 0 &&
  room > 1 &&
  raced === adds &&
  payload === 'refused' &&
  lost[0] + lost[1] === adds;

const run = async (model: Model, leftOut: readonly Leavable[] = []) => {
  const effects = effectsOf(model);
  const plan = {
    leftOut: new Map(leftOut.map((name): [Case, string] => [name, 'off'])),
    race: 3,
    hasOther: false,
  };
  const results = await replay(plan, effects, () => {});
  return { results, effects };
};

describe('a replay of every kind of service', () => {
  it('passes the good ones, and only those', async () => {
    let good = 0;
    for (const model of MODELS) {
      const { results } = await run(model);
      const passed = results.every((result) => result.kind === 'made' && result.verdict.status === 'pass');
      expect([model, passed]).toEqual([model, isGood(model)]);
      good += passed ? 1 : 0;
    }
    expect([MODELS.length, good]).toEqual([432, 4]);
  });

  it('makes no more writes once the ground is taken away', async () => {
    for (const model of MODELS) {
      const { results, effects } = await run(model);
      const last = results.findLast((result) => result.kind === 'made');
      const enough = { first: 1, repeat: 2, control: 3, race: 6, payload: 7, 'lost-reply': 9 } as const;
      expect(effects.writes).toBe(last && enough[last.name]);
      expect(results.map(({ name }) => name)).toEqual([...CASES]);
    }
  });

  it('makes none of the writes of a case that is left out', async () => {
    const [model] = MODELS.filter(isGood);
    const { results, effects } = await run(model as Model, ['race', 'lost-reply']);
    expect(effects.writes).toBe(4);
    expect(results.filter(({ kind }) => kind === 'left-out').map(({ name }) => name)).toEqual([
      'race',
      'lost-reply',
    ]);
  });
});

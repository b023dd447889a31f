/** The questions about one write, in the order in which they are asked. */
export const CASES = ['first', 'repeat', 'control', 'race', 'payload', 'lost-reply'] as const;
export type Case = (typeof CASES)[number];

/** Those that may be left out; without the others nothing is proved at all. */
export const LEAVABLE = ['race', 'payload', 'lost-reply'] as const;
export type Leavable = (typeof LEAVABLE)[number];

export const TITLES: Readonly<Record<Case, string>> = {
  first: 'the write changes what is observed',
  repeat: 'the same write again changes nothing',
  control: 'a write with another key changes the same amount',
  race: 'the same write, many times at once, has one effect',
  payload: 'the same key with another payload is refused',
  'lost-reply': 'a write whose reply was lost, repeated, has one effect',
};

/** What is known about a write before it is made. */
export interface WriteTraits {
  readonly isCommand: boolean;
  /** The key goes into it. */
  readonly hasKey: boolean;
  /** There is another payload for the same key: a nonce in it, or one that was written down. */
  readonly hasOtherPayload: boolean;
  readonly without: readonly Leavable[];
}

/** The cases that are not made, and why; what was turned off weakens the proof, what can't be made only says less. */
export function casesLeftOut({
  isCommand,
  hasKey,
  hasOtherPayload,
  without,
}: WriteTraits): Map<Case, string> {
  const left = new Map<Case, string>();
  if (!hasOtherPayload)
    left.set('payload', 'not made: there is no `{{nonce}}` in the payload, and no `other` payload is given');
  if (!hasKey)
    left.set(
      'payload',
      'not made: there is no `{{key}}` in the write, so that another payload is another write',
    );
  if (isCommand) left.set('lost-reply', "not made: a command's reply can't be dropped on its way");
  for (const name of without) left.set(name, 'turned off by `without`');
  return left;
}

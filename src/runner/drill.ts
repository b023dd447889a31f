import type { Outcome } from '../proof/schema.ts';
import type { CONTROLS, Drill, Halt } from './entries.ts';

export type Control = (typeof CONTROLS)[number];

/** What one tick of a drill did, from outside of it. */
export interface SeenTick {
  readonly outcome: Outcome;
  /** Empty where nothing halted it. */
  readonly haltedBy: string;
  /** Whether it says that its command was started. */
  readonly started: boolean;
  /** How many marks its command left. */
  readonly marks: number;
  readonly containment?: string | undefined;
  /** Why it could not be run, where it could not. */
  readonly error?: string | undefined;
}

/** What a drill showed, and in which words it is told. */
export interface Ruling extends Pick<Drill, 'outcome' | 'evidence' | 'containment'> {
  readonly said: string;
}

/** Which control has to stop a tick, for a drill of one that keeps it from starting. */
export const HALT_OF = { 'spend-cap': 'spend-cap', 'kill-flag': 'kill-flag' } as const satisfies Partial<
  Record<Control, Halt>
>;

/**
 * A control that keeps a tick from starting. A mark is a failure whatever else was said. No mark is evidence only if the same
 * tick leaves one when nothing stops it, and if it was this control that did.
 */
export function ruleOnHalt(halt: Halt, free: SeenTick, stopped: SeenTick): Ruling {
  const evidence = {
    marks: stopped.marks,
    'marks-without': free.marks,
    started: stopped.started,
    outcome: stopped.outcome,
    haltedBy: stopped.haltedBy,
  };
  const ruled = (outcome: Drill['outcome'], said: string): Ruling => ({ outcome, evidence, said });
  if (stopped.marks > 0 || stopped.started)
    return ruled('failed', `the tick ran its command, and ${halt} was to stop it`);
  if (free.marks === 0)
    return ruled(
      'inconclusive',
      `the tick does not run where nothing is to stop it either: ${wordsOf(free)}; so nothing was shown`,
    );
  if (stopped.outcome === 'halted' && stopped.haltedBy === halt)
    return ruled(
      'passed',
      `halted by ${halt}, and the command left no mark; without the control it left one`,
    );
  return ruled('inconclusive', `something else than ${halt} stopped the tick: ${wordsOf(stopped)}`);
}

/** What was seen of a command that was to be killed with all that it had started. */
export interface SeenKill {
  readonly tick: SeenTick;
  /** Kinds of descendants, and how many of them were seen at work before the kill. */
  readonly kinds: number;
  readonly descendants: number;
  /** Whether the tick came to an end after it was told to stop. */
  readonly ended: boolean;
  /** Processes found afterwards; undefined where this system could not be asked. */
  readonly alive: number | undefined;
  /** Signs of life after the tick had ended. */
  readonly beats: number;
}

export function ruleOnKill({ tick, kinds, descendants, ended, alive, beats }: SeenKill): Ruling {
  const evidence = {
    descendants,
    ...(alive === undefined ? {} : { alive }),
    beats,
    marks: tick.marks,
    ended,
    outcome: tick.outcome,
    haltedBy: tick.haltedBy,
  };
  const ruled = (outcome: Drill['outcome'], said: string): Ruling => ({
    outcome,
    evidence,
    said,
    ...(tick.containment === undefined ? {} : { containment: tick.containment }),
  });
  if (descendants > 0 && !ended) return ruled('failed', 'the tick went on though it was told to stop');
  if (tick.marks > 0 || (alive ?? 0) > 0 || beats > 0)
    return ruled('failed', `${alive ?? 'some'} processes of the command outlived the stop`);
  if (descendants < kinds)
    return ruled(
      'inconclusive',
      `${descendants} of ${kinds} stubborn descendants were at work: ${wordsOf(tick)}; so nothing was shown`,
    );
  if (tick.haltedBy === 'interrupted')
    return ruled('passed', `${descendants} stubborn descendants were at work; after the stop none was alive`);
  return ruled('inconclusive', `something else than the stop ended the tick: ${wordsOf(tick)}`);
}

const wordsOf = ({ outcome, haltedBy, error }: SeenTick): string =>
  error ?? (haltedBy === '' ? `its outcome is ${outcome}` : `${outcome} by ${haltedBy}`);

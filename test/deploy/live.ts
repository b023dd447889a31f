import type { Attempt } from '../../src/deploy/attempt.ts';
import type { Standing } from '../../src/deploy/promote.ts';
import type { Deploy, Environment, Promotion } from '../../src/deploy/records.ts';
import { ago, deploy, done, running, turn } from './examples.ts';

/** A version that went live; its deploy, build and artifact are called after it. */
export const live = (version: number, changes: Partial<Promotion> = {}): Promotion => ({
  deployId: `d${version}`,
  buildId: `build-${version}`,
  version,
  artifactId: `shop:${version}`,
  at: ago(1_000 - version),
  fence: 100 + version,
  how: 'promote',
  ...changes,
});

/** A rollback to a version, which has come to its end. */
export const liveAgain = (version: number): Promotion => live(version, { how: 'rollback' });
/** A version that was rolled back from. */
export const gone = (version: number): Promotion => live(version, { rolledBack: true });

/** The deploy of a version, promoted unless its phases are given. */
export const deployOf = (
  version: number,
  phases: Deploy['phases'] = { promote: promotion(version) },
): Deploy => deploy({ deployId: `d${version}`, buildId: `build-${version}`, version, phases });

export const promotion = (version: number, changes: Partial<Attempt> = {}): Attempt =>
  done({ fence: 100 + version, artifactId: `shop:${version}`, ...changes });

/** The promotion of a version that was rolled back from. */
export const rolledBack = (version: number): Attempt =>
  promotion(version, {
    state: 'rolled-back',
    turns: [turn('started', 100), turn('done', 20), turn('rolled-back', 10)],
  });

/** A rollback that is under way. */
export const goingBack = (changes: Partial<Attempt> = {}): Attempt => running({ from: 3, ...changes });

/** What is half-way, as a decider finds it. */
export const standing = (
  phase: Standing['phase'],
  version: number,
  attempt: Attempt = running(),
): Standing => ({ deploy: deployOf(version, { [phase]: attempt }), phase, attempt });

/** Where these stand in a ledger. */
export const recordsWith = (
  pointer: Environment | undefined,
  ...deploys: readonly Deploy[]
): Record<string, unknown> => ({
  ...(pointer ? { 'environments/production': pointer } : {}),
  ...Object.fromEntries(deploys.map((one) => [`deploys/production/${one.deployId}`, one])),
});

/** An operator's hold on deploys. */
export const HOLD = {
  schemaVersion: 1,
  scope: 'deploys',
  state: 'set',
  reason: 'drill',
  by: { actor: 'host:op' },
  at: ago(30),
} as const;
export const HELD = { 'holds/deploys': HOLD };

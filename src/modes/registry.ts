import type { Mode } from './mode.ts';

/** Every mode by name, loaded when asked for: a run pays for its own mode only. */
export const MODES: Readonly<Record<string, () => Promise<Mode>>> = {
  stamp: async () => (await import('./stamp.ts')).mode as unknown as Mode,
  'verify-live': async () => (await import('./verify-live.ts')).mode as unknown as Mode,
  smoke: async () => (await import('./smoke.ts')).mode as unknown as Mode,
  'idempotency-check': async () => (await import('./idempotency-check.ts')).mode as unknown as Mode,
  prove: async () => (await import('./prove.ts')).mode as unknown as Mode,
  once: async () => (await import('./once.ts')).mode as unknown as Mode,
  claim: async () => (await import('./claim.ts')).mode as unknown as Mode,
  record: async () => (await import('./record.ts')).mode as unknown as Mode,
  release: async () => (await import('./release.ts')).mode as unknown as Mode,
  phase: async () => (await import('./phase.ts')).mode as unknown as Mode,
  rollback: async () => (await import('./rollback.ts')).mode as unknown as Mode,
  kill: async () => (await import('./kill.ts')).mode as unknown as Mode,
  rearm: async () => (await import('./rearm.ts')).mode as unknown as Mode,
  tick: async () => (await import('./tick.ts')).mode as unknown as Mode,
  status: async () => (await import('./status.ts')).mode as unknown as Mode,
  drill: async () => (await import('./drill.ts')).mode as unknown as Mode,
  incident: async () => (await import('./incident.ts')).mode as unknown as Mode,
  retrospective: async () => (await import('./retrospective.ts')).mode as unknown as Mode,
  audit: async () => (await import('./audit.ts')).mode as unknown as Mode,
  report: async () => (await import('./report.ts')).mode as unknown as Mode,
  demo: async () => (await import('./demo.ts')).mode as unknown as Mode,
};

/** Modes that nobody asks for: the action's post step. */
export const OWN_MODES: typeof MODES = {
  settle: async () => (await import('./settle.ts')).mode as unknown as Mode,
};

/** All modes, for what speaks of all of them: help, generated tables, the config's schema. */
export const loadAllModes = (): Promise<Mode[]> => Promise.all(Object.values(MODES).map((load) => load()));

import { CONTROLS, type Drill } from './entries.ts';

type Control = (typeof CONTROLS)[number];

export interface DrillProof {
  /** Takes note of a drill; false when it showed that the control does not work. */
  add(drill: Drill): boolean;
  /** The controls that a config has no passed drill of. */
  lacks(config: string | undefined): readonly Control[];
}

/**
 * Which controls are proven, config by config: the newest drill of a control that came to a result decides. The cap and two
 * different kills have to be: by the flag, and by ending the process.
 */
export function createDrillProof(): DrillProof {
  const passed = new Map<string, Set<Control>>();
  return {
    add: ({ control, config, outcome }) => {
      const proven = passed.get(config) ?? new Set();
      passed.set(config, proven);
      if (outcome === 'passed') proven.add(control);
      if (outcome === 'failed') proven.delete(control);
      return outcome !== 'failed';
    },
    lacks: (config) => {
      const proven = config === undefined ? undefined : passed.get(config);
      return CONTROLS.filter((control) => !proven?.has(control));
    },
  };
}

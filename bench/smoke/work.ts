// The work that every tool is given, once: one-request checks and flows whose steps hand a token on.

export interface Step {
  readonly path: string;
  /** A header with the token that the step before gave. */
  readonly sendsToken: boolean;
  readonly contains: string | undefined;
  /** A field of the answer, and its value. */
  readonly field: string;
  readonly value: number;
  readonly takesToken: boolean;
}

/** Requests that are made one after the other. */
export interface Check {
  readonly name: string;
  readonly steps: readonly Step[];
}

export const CHECKS = 200;
export const FLOWS = 20;
export const STEPS = 10;
export const TOKEN_HEADER = 'x-token';

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

const ready = (item: number): string => `item ${item} is ready`;

export const checks: readonly Check[] = numbers(CHECKS).map((item) => ({
  name: `item-${item}`,
  steps: [
    {
      path: `/items/${item}`,
      sendsToken: false,
      contains: ready(item),
      field: 'id',
      value: item,
      takesToken: false,
    },
  ],
}));

export const flows: readonly Check[] = numbers(FLOWS).map((flow) => ({
  name: `flow-${flow}`,
  steps: numbers(STEPS).map((step) => ({
    path: `/flows/${flow}/${step}`,
    sendsToken: step > 1,
    contains: undefined,
    field: 'step',
    value: step,
    takesToken: step < STEPS,
  })),
}));

export const work: readonly Check[] = [...checks, ...flows];

/** An answer that is broken on purpose, and how. */
export interface Plant {
  readonly path: string;
  readonly kind: 'text' | 'value' | 'status' | 'token';
}

export const plants: readonly Plant[] = [
  { path: '/items/137', kind: 'text' },
  { path: '/items/138', kind: 'value' },
  { path: '/items/139', kind: 'status' },
  { path: '/flows/13/6', kind: 'value' },
  { path: '/flows/13/7', kind: 'token' },
];

export interface Reply {
  readonly status: number;
  readonly json: object;
}

// What the answers of real services have besides what is asked for.
const FILLER = numbers(8).map((part) => ({
  part,
  label: `part ${part}`,
  price: part * 1.25,
  tags: ['a', 'b'],
}));

/** What the server answers; a step of a flow only to the token that the step before gave. */
export function reply(path: string, token: string | undefined, plant: Plant | undefined): Reply {
  const kind = plant?.path === path ? plant.kind : undefined;
  const status = kind === 'status' ? 500 : 200;
  const [, group, first, second] = path.split('/');
  const [number, step] = [Number(first), Number(second)];
  if (group === 'items') {
    const note = kind === 'text' ? `item ${number} is broken` : ready(number);
    return { status, json: { id: kind === 'value' ? 0 : number, note, parts: FILLER } };
  }
  if (step > 1 && token !== tokenOf(number, step - 1)) return { status: 409, json: { error: 'wrong token' } };
  const given = tokenOf(number, kind === 'token' ? 0 : step);
  return { status, json: { step: kind === 'value' ? 0 : step, token: given, parts: FILLER } };
}

const tokenOf = (flow: number, step: number): string => `token-of-flow-${flow}-after-step-${step}`;

import { appendFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { expect } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');

/** One number that a test measured, as it stands in the file that `SHIP_PROOF_FIGURES` names: a JSON line each. */
export interface Figure {
  readonly kind: FigureKind;
  /** What was counted, in words: `crash points, a local store`. */
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What else is worth knowing of it. */
  readonly detail?: string;
  /** The test file, from the root of the checkout. */
  readonly file: string;
  /** Whether the whole list was run, or a seeded sample of it. */
  readonly full: boolean;
}

/** The sections of docs/reliability.md. */
export const FIGURE_KINDS = ['crash', 'race', 'state', 'load', 'fault', 'input'] as const;
export type FigureKind = (typeof FIGURE_KINDS)[number];

/** Prints a figure, and keeps it where a run gathers them. It is called after what it counts was found to be right. */
export function figure(kind: FigureKind, name: string, value: number, unit: string, detail?: string): void {
  console.log(`${name}: ${value} ${unit}${detail === undefined ? '' : ` (${detail})`}`);
  const target = process.env.SHIP_PROOF_FIGURES;
  if (!target) return;
  const file = relative(ROOT, expect.getState().testPath ?? '').replaceAll('\\', '/');
  const full = process.env.SHIP_PROOF_RELIABILITY === '1';
  const one: Figure = { kind, name, value, unit, ...(detail === undefined ? {} : { detail }), file, full };
  appendFileSync(target, `${JSON.stringify(one)}\n`);
}

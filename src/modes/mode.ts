import type { z } from 'zod';
import type { Clock } from '../ports/clock.ts';
import type { Http } from '../ports/http.ts';
import type { Log } from '../ports/log.ts';
import type { Redactor } from '../proof/redact.ts';
import type { Proof } from '../proof/schema.ts';

/** The effects that modes may have. A mode takes what it needs; tests give others. */
export interface Ports {
  readonly clock: Clock;
  readonly http: Http;
  readonly log: Log;
  readonly secrets: Redactor;
  /** In [0, 1). */
  readonly random: () => number;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Paths in inputs are relative to this folder. */
  readonly cwd: string;
  /** Aborts when the run is to end: a signal, or the hard limit. */
  readonly signal: AbortSignal;
  /** Our own name and version, for servers that ask who is calling. */
  readonly userAgent: string;
}

/** What a mode is: the table that fronts, help, action.yml, the config's schema and the reference are made from. */
export interface Mode<Input extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  /** One sentence: what exit 0 of it means. */
  readonly summary: string;
  readonly input: Input;
  /** The mode's outputs besides the common ones, with a description each. */
  readonly outputs: Readonly<Record<string, string>>;
  /** The section of the config file whose keys are this mode's inputs. */
  readonly section?: string;
  run(input: z.output<Input>, ports: Ports): Promise<Proof>;
}

/** Lets TypeScript infer the input's type for `run`. */
export const defineMode = <Input extends z.ZodObject>(mode: Mode<Input>): Mode<Input> => mode;

import type { z } from 'zod';
import type { Clock } from '../ports/clock.ts';
import type { RunCommand } from '../ports/command.ts';
import type { Exec } from '../ports/exec.ts';
import type { Http } from '../ports/http.ts';
import type { Log } from '../ports/log.ts';
import type { Journal } from '../proof/journal.ts';
import type { Redactor } from '../proof/redact.ts';
import type { Proof, Run } from '../proof/schema.ts';

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
  readonly exec: Exec;
  readonly runCommand: RunCommand;
  readonly front: 'cli' | 'action';
  /** What stood after `--` on the command line. */
  readonly command: readonly string[] | undefined;
  /** Who acts: `github:octocat` or `host:build-7`, and in which run. */
  readonly holder: { readonly actor: string; readonly run?: Run | undefined };
  /** Keeps the claims that are open now for the action's post step, in place of those kept before. */
  remember(claims: readonly OpenClaim[]): void;
  /** Hears of everything that is written into a ledger. */
  readonly journal: Journal;
  /** What the repository's policy lets a proof be weakened by. */
  readonly waivers?: readonly string[];
  /** Where the repository's policy lets `idempotency-check` write to; without it, wherever its inputs say. */
  readonly writable?: readonly string[] | undefined;
  /** Where the repository's policy lets the URLs of checks point; without it, anywhere. */
  readonly allowedUrls?: readonly URL[] | undefined;
  /** Our own name and version, for servers that ask who is calling. */
  readonly userAgent: string;
}

/** A claim that somebody has to settle: where its record stands, and the fence that it was granted with. */
export interface OpenClaim {
  readonly path: string;
  readonly fence: number;
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
  /** The input that names one of the section's maps: `deploy: { production: … }` is that of `environment: production`. */
  readonly sectionBy?: string;
  /** Inputs that the config hands over with the lines of their parts (`Located`), before anything is put into them. */
  readonly keepsLines?: readonly string[];
  /** Inputs that the config can't give. */
  readonly notInConfig?: readonly string[];
  /** A command may stand after `--`. */
  readonly takesCommand?: boolean;
  /** `out` is the mode's own to fill: no evidence of the run itself is written there. */
  readonly fillsOut?: boolean;
  /** The modes that this one runs, in this order. */
  readonly parts?: readonly Part[];
  /** Finds what is wrong with an input that parsed, as `run` does before it sends or writes anything. Throws `input-…`. */
  check?(input: z.output<Input>, ports: Ports): Promise<void>;
  run(input: z.output<Input>, ports: Ports, partInputs?: PartInputs): Promise<Proof>;
  /** Writes the finished proof down, before anybody is shown it; what it returns is the proof. Never throws. */
  record?(proof: Proof, input: z.output<Input>, ports: Ports): Promise<Proof>;
}

/** A mode that another one runs, with inputs of its own: its section of the config, and what the other is given for it. */
export interface Part {
  readonly mode: Mode;
  /** One of these has to be given for the part to be wanted; without them, it always is. */
  readonly wantedBy?: readonly string[];
  /** The part's inputs that are given under another name: `{ idempotency: 'checks' }`. */
  readonly renamed?: Readonly<Record<string, string>>;
  /** Inputs of the part that only its section of the config can give. */
  readonly leftOut?: readonly string[];
}

/** What a part was given, parsed, and by whom. */
export interface PartInput {
  readonly input: Readonly<Record<string, unknown>>;
  /** The part's names of what the config gives, and of what the front and the environment give above it. */
  readonly names: { readonly config: readonly string[]; readonly given: readonly string[] };
}

/** What each part was given; undefined where that is nothing. Throws as `parseInput` does. */
export type PartInputs = (part: Part) => Promise<PartInput | undefined>;

/** Lets TypeScript infer the input's type for `run`. */
export const defineMode = <Input extends z.ZodObject>(mode: Mode<Input>): Mode<Input> => mode;

import type { Mode, OpenClaim } from '../modes/mode.ts';
import type { Proof } from '../proof/schema.ts';
import type { OpenCheck } from '../report/check-run.ts';
import type { Channels } from '../report/last-words.ts';
import type { RawInput } from './parse.ts';

/** One way in and out of the program: the command line, or the action's runner. */
export interface Front {
  readonly kind: 'cli' | 'action';
  readonly mode: string;
  /** What was given to the mode by this front; throws `input-…`. */
  inputs(mode: Mode): readonly RawInput[];
  /** What stood after `--`. */
  readonly command: readonly string[] | undefined;
  readonly channels: Channels;
  /** Takes one log line, without its newline. */
  print(line: string): void;
  /** Learns of a secret value that must not be shown. */
  mask(secret: string): void;
  /** Keeps the open claims where the job's last step finds them. */
  remember(claims: readonly OpenClaim[]): void;
  /** Keeps the check run that is not concluded yet where the job's last step finds it; undefined when there is none. */
  rememberCheck(open: OpenCheck | undefined): void;
  /** Where evidence is written when no `out` is given; undefined writes nothing. */
  readonly out: string | undefined;
  /** Hands over the finished, already harmless proof. */
  publish(proof: Proof, evidence: Evidence): Promise<void>;
}

/** Where the evidence of a run is. */
export interface Evidence {
  /** The path of proof.json. */
  readonly proof: string | undefined;
  /** The name of the run's artifact. */
  readonly artifact?: string | undefined;
  /** Lines of Markdown about where it was published. */
  readonly notes?: readonly string[] | undefined;
}

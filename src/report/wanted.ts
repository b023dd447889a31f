import type { Clock } from '../ports/clock.ts';
import type { Http } from '../ports/http.ts';
import type { LogFields } from '../proof/encode.ts';
import type { Proof } from '../proof/schema.ts';
import type { OpenCheck } from './check-run.ts';

/** What is to be shown and kept besides the files of the run. */
export interface Wanted {
  readonly checkRun: boolean;
  /** It was asked for, and is not there by default only. */
  readonly checkRunAsked: boolean;
  readonly checkName: string | undefined;
  readonly artifact: boolean;
  readonly retentionDays: number | undefined;
  readonly attest: boolean;
  readonly token: string | undefined;
  /** The config file that was named. */
  readonly config: string | undefined;
}

export interface PublicationPorts {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly http: Http;
  readonly clock: Clock;
  readonly cwd: string;
  readonly userAgent: string;
  /** When the run is to end, little time is left. */
  readonly signal: AbortSignal;
  readonly mode: string;
  readonly proofId: string;
  readonly startedAtMs: number;
  readonly keep: (open: OpenCheck | undefined) => void;
  /** Writes the ledger beside the evidence; returns why not. */
  readonly exportLedger: (folder: string) => Promise<string | undefined>;
}

/** What came of it: lines for the log, and for whoever reads the step's summary. */
export interface Published {
  readonly events: readonly LogFields[];
  /** Markdown, a line each. */
  readonly notes: readonly string[];
  /** The name under which the evidence was kept. */
  readonly artifact?: string;
}

export interface Publication {
  /** The work begins: whoever waits for it may see that. */
  begin(): void;
  /** Says what was proved. Never throws: what can't be shown is a line, and changes no verdict. */
  finish(proof: Proof, folder: string | undefined): Promise<Published>;
}

/** What the inputs ask for, whether or not all of them can be understood: a run that is invalid is shown too. */
export function wantedFrom(given: Readonly<Record<string, unknown>>, front: 'cli' | 'action'): Wanted {
  const flag = (name: string): boolean | undefined => {
    const value = given[name];
    if (value === true || value === 'true') return true;
    return value === false || value === 'false' ? false : undefined;
  };
  const text = (name: string): string | undefined => {
    const value = given[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const days = Number(given['retention-days']);
  return {
    checkRun: flag('check-run') ?? front === 'action',
    checkRunAsked: flag('check-run') === true,
    checkName: text('check-name'),
    artifact: flag('artifact') ?? false,
    retentionDays: Number.isInteger(days) && days > 0 ? days : undefined,
    attest: flag('attest') ?? false,
    token: text('token'),
    config: text('config'),
  };
}

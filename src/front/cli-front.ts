import { proofText } from '../report/files.ts';
import { parseArguments, splitArguments } from './cli.ts';
import type { Front } from './front.ts';

export interface Streams {
  out(text: string): void;
  err(text: string): void;
}

/** The command line: `argv` begins with the mode's name. */
export function cliFront(argv: readonly string[], streams: Streams): Front {
  const [mode = '', ...rest] = argv;
  // Known before the arguments are understood, so that an error too is printed where it was asked for.
  const { own, command } = splitArguments(rest);
  const json = own.includes('--json');
  return {
    kind: 'cli',
    mode,
    inputs: (definition) => parseArguments(definition, own),
    command,
    channels: { logFd: json ? 2 : 1, json, outputFile: undefined },
    print: (line) => (json ? streams.err : streams.out)(`${line}\n`),
    mask: () => {},
    remember: () => {}, // A terminal has no later step: the lease tells.
    rememberCheck: () => {},
    out: undefined,
    publish: async (proof) => {
      if (json) streams.out(proofText(proof));
    },
  };
}

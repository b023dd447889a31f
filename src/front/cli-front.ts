import { proofText } from '../report/files.ts';
import { parseArguments } from './cli.ts';
import type { Front } from './front.ts';

export interface Streams {
  out(text: string): void;
  err(text: string): void;
}

/** The command line: `argv` begins with the mode's name. */
export function cliFront(argv: readonly string[], streams: Streams): Front {
  const [mode = '', ...rest] = argv;
  // Known before the arguments are understood, so that an error too is printed where it was asked for.
  const end = rest.indexOf('--');
  const json = (end < 0 ? rest : rest.slice(0, end)).includes('--json');
  return {
    mode,
    inputs: (definition) => parseArguments(definition, rest).inputs,
    channels: { logFd: json ? 2 : 1, json, outputFile: undefined },
    print: (line) => (json ? streams.err : streams.out)(`${line}\n`),
    mask: () => {},
    out: undefined,
    publish: async (proof) => {
      if (json) streams.out(proofText(proof));
    },
  };
}

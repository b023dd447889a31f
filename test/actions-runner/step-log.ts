import { parseRunnerCommands, type RunnerCommand } from '../targets/runner-commands.ts';

/** What a job shows, with secrets masked from the moment they are known. */
export interface JobLog {
  readonly lines: string[];
  mask(secret: string): void;
  write(line: string): void;
  hides(text: string): boolean;
}

export function createJobLog(onLine: (line: string) => void): JobLog {
  const masks = new Set<string>();
  const lines: string[] = [];
  const hidden = (text: string): string =>
    [...masks].sort((a, b) => b.length - a.length).reduce((rest, mask) => rest.replaceAll(mask, '***'), text);
  return {
    lines,
    // Several lines are masked one by one too, and the short ones as well: a line of a key must not show.
    mask: (secret) => {
      for (const part of [secret, ...secret.split(/\r?\n/)]) if (part.trim() !== '') masks.add(part);
    },
    write: (line) => {
      lines.push(hidden(line));
      onLine(hidden(line));
    },
    hides: (text) => hidden(text) !== text,
  };
}

/** Reads one step's output line by line, and does what its workflow commands say. */
export function createStepReader(log: JobLog) {
  const commands: RunnerCommand[] = [];
  let stopToken: string | undefined;
  const line = (text: string): void => {
    const context = stopToken === undefined ? '' : `::stop-commands::${stopToken}\n`;
    const command = parseRunnerCommands(context + text).at(context === '' ? 0 : 1);
    if (!command) {
      log.write(text);
      return;
    }
    const name = command.command.toLowerCase();
    commands.push(command);
    if (name === 'add-mask') log.mask(command.message);
    else if (name === 'resume') stopToken = undefined;
    else log.write(`##[${name}]${command.message}`);
    if (name === 'stop-commands') stopToken = command.message;
  };
  return { commands, line };
}

export const isAnnotation = ({ command }: RunnerCommand): boolean =>
  /^(error|warning|notice)$/i.test(command);

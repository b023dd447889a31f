import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A text as it tends to leak: plain, URL- and JSON-encoded, as hex, and in base64 at each of its three alignments. */
export function formsOf(text: string): string[] {
  const bytes = Buffer.from(text);
  const aligned = [0, 1, 2].map((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
    return encoded.slice(shift === 0 ? 0 : shift + 1, -4);
  });
  const url = aligned.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'));
  const forms = [text, encodeURIComponent(text), JSON.stringify(text).slice(1, -1), bytes.toString('hex')];
  return [...new Set([...forms, ...aligned, ...url].map((form) => form.toLowerCase()))];
}

/** Which of some planted texts, by name, stands in a text in any form. */
export function foundIn(text: string, planted: Readonly<Record<string, string>>): string[] {
  const lower = text.toLowerCase();
  return Object.entries(planted).flatMap(([name, value]) =>
    formsOf(value).some((form) => lower.includes(form)) ? [name] : [],
  );
}

/** All files below a folder, names included, each byte a character. */
export function filesUnder(folder: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return files
    .map((file) => {
      const path = join(file.parentPath, file.name);
      return `${path}\n${readFileSync(path, 'latin1')}`;
    })
    .join('\n');
}

/** What this process's descendants were seen with. */
export interface Sightings {
  /** Argument lists. */
  readonly arguments: Set<string>;
  /** Environments. */
  readonly environments: Set<string>;
  stop(): void;
}

/** Looks at all processes below this one again and again, as anybody on the host may. */
export function watchChildren(): Sightings {
  const [args, environments] = [new Set<string>(), new Set<string>()];
  const read = (path: string): string | undefined => {
    try {
      return readFileSync(path, 'latin1');
    } catch {
      return undefined; // It has ended.
    }
  };
  const childrenOf = (pid: number): number[] =>
    (read(`/proc/${pid}/task/${pid}/children`) ?? '').split(' ').filter(Boolean).map(Number);
  const look = (): void => {
    const queue = childrenOf(process.pid);
    for (const pid of queue) {
      args.add(read(`/proc/${pid}/cmdline`) ?? '');
      environments.add(read(`/proc/${pid}/environ`) ?? '');
      queue.push(...childrenOf(pid));
    }
  };
  const timer = setInterval(look, 2);
  return { arguments: args, environments, stop: () => clearInterval(timer) };
}

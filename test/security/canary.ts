import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Shorter pieces of a text are words that others use too. */
const PIECE = 14;

/**
 * A text as it tends to leak: plain, URL-, JSON- and HTML-encoded, as hex, each byte escaped, backwards, in base64 at each of its three
 * alignments, and of a long one its beginning or its end alone.
 */
export function formsOf(text: string): string[] {
  const bytes = Buffer.from(text);
  const hex = bytes.toString('hex');
  const pieces = text.length < 2 * PIECE ? [] : [text.slice(0, PIECE), text.slice(-PIECE)];
  const aligned = [0, 1, 2].map((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
    return encoded.slice(shift === 0 ? 0 : shift + 1, -4);
  });
  const url = aligned.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'));
  const written = [encodeURIComponent(text), JSON.stringify(text).slice(1, -1), htmlOf(text), ...pieces];
  const escaped = ['%', '\\x', '\\u00'].map((mark) => hex.replace(/../g, (byte) => mark + byte));
  const backwards = [text, hex].map((form) => Array.from(form).reverse().join(''));
  const forms = [text, hex, ...written, ...escaped, ...backwards, ...aligned, ...url];
  return [...new Set(forms.map((form) => form.toLowerCase()))];
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const htmlOf = (text: string): string => text.replace(/[&<>"]/g, (mark) => ENTITIES[mark] ?? mark);

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

/** At one every 2 ms. */
const LOOKS = 50;

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
  // A process has its last arguments soon after it began; one that stays is not looked at for ever.
  const looks = new Map<number, number>();
  const look = (): void => {
    const queue = childrenOf(process.pid);
    for (const pid of queue) {
      const before = looks.get(pid) ?? 0;
      looks.set(pid, before + 1);
      if (before < LOOKS) {
        args.add(read(`/proc/${pid}/cmdline`) ?? '');
        environments.add(read(`/proc/${pid}/environ`) ?? '');
      }
      queue.push(...childrenOf(pid));
    }
  };
  const timer = setInterval(look, 2);
  return { arguments: args, environments, stop: () => clearInterval(timer) };
}

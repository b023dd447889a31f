import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Mutant } from './mutants.ts';
import type { Deciders } from './world.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** Compiles mutants on the fly, in a folder of their own. */
export function mutantFactory(): { build(mutant?: Mutant): Promise<Deciders> } & Disposable {
  const folder = mkdtempSync(join(tmpdir(), 'ship-proof-mutants-'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'dir');
  let count = 0;
  return {
    async build(mutant) {
      count += 1;
      const src = join(folder, `m${count}`, 'src');
      mkdirSync(join(src, 'once'), { recursive: true });
      mkdirSync(join(src, 'proof'));
      cpSync(join(ROOT, 'src/proof/schema.ts'), join(src, 'proof/schema.ts'));
      mkdirSync(join(src, 'ledger'));
      for (const path of ['once/claim.ts', 'once/decide.ts', 'ledger/moment.ts']) {
        const source = readFileSync(join(ROOT, 'src', path), 'utf8');
        writeFileSync(join(src, path), mutant?.file === basename(path) ? mutate(source, mutant) : source);
      }
      return (await import(/* @vite-ignore */ pathToFileURL(join(src, 'once/decide.ts')).href)) as Deciders;
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function mutate(source: string, { guard, find, replace }: Mutant): string {
  const parts = source.split(find);
  if (parts.length !== 2)
    throw new Error(`the guard "${guard}" stands ${parts.length - 1} times in the source`);
  return parts.join(replace);
}

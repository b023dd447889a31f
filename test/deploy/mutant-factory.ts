import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Mutant } from './mutants.ts';
import type { Deciders } from './sim.ts';

const ROOT = resolve(import.meta.dirname, '../..');
/** What the deciders are made of. */
const ROOMS = ['deploy', 'holds', 'ledger', 'proof', 'ports'];

/** Compiles mutants on the fly, in a folder of their own. */
export function mutantFactory(): { build(mutant: Mutant): Promise<Deciders> } & Disposable {
  const folder = mkdtempSync(join(tmpdir(), 'ship-proof-mutants-'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'dir');
  let count = 0;
  return {
    async build({ guard, file, find, replace }) {
      count += 1;
      const src = join(folder, `m${count}`, 'src');
      for (const room of ROOMS) cpSync(join(ROOT, 'src', room), join(src, room), { recursive: true });
      const path = join(src, 'deploy', file);
      const parts = readFileSync(path, 'utf8').split(find);
      if (parts.length !== 2)
        throw new Error(`the guard "${guard}" stands ${parts.length - 1} times in ${file}`);
      writeFileSync(path, parts.join(replace));
      const load = (name: string) =>
        import(/* @vite-ignore */ pathToFileURL(join(src, 'deploy', name)).href) as Promise<Deciders>;
      const modules = await Promise.all(['begin.ts', 'settle-phase.ts', 'rollback.ts'].map(load));
      return Object.assign({}, ...modules) as Deciders;
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

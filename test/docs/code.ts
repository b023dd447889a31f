import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type Block, ROOT } from './pages.ts';

/** Where samples stand, as they are written. */
const BESIDE = ['src/ledger', 'test/contract'];

/** What the compiler has against samples of TypeScript, under the rules of the sources, as if each stood beside our own files. */
export function typeProblems(samples: readonly Pick<Block, 'at' | 'text'>[]): string[] {
  // Inside the checkout, so that packages are found.
  const folder = mkdtempSync(join(ROOT, 'node_modules/.docs-samples-'));
  try {
    for (const [index, { text }] of samples.entries())
      writeFileSync(join(folder, `sample-${index + 1}.ts`), `${moved(text, folder)}\nexport {};\n`);
    const config = {
      extends: join(ROOT, 'tsconfig.test.json'),
      compilerOptions: {
        rootDir: ROOT,
        // What a sample defines is for its reader to use.
        noUnusedLocals: false,
      },
      include: [join(folder, '*.ts')],
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const { stdout } = spawnSync(process.execPath, [tsc, '-p', folder, '--noEmit', '--pretty', 'false'], {
      encoding: 'utf8',
      cwd: folder,
    });
    return stdout
      .split('\n')
      .filter((line) => /^sample-\d+\.ts/.test(line))
      .map((line) =>
        line.replace(
          /^sample-(\d+)\.ts\((\d+),\d+\)/,
          (_, number, row) => `${samples[Number(number) - 1]?.at}+${row}`,
        ),
      );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The sample with its relative imports as they are from another folder. */
const moved = (text: string, folder: string): string =>
  text.replace(/(?<=from ')\.[^']+/g, (specifier) => {
    const beside = BESIDE.find((place) => existsSync(join(ROOT, place, specifier)));
    return beside === undefined
      ? specifier
      : relative(folder, join(ROOT, beside, specifier)).replaceAll('\\', '/');
  });

// Runs the benches one after the other and writes what they print into docs/performance.md. A bench is a script that
// prints its section as Markdown on stdout, and its progress on stderr. `npm run bench -- start live` runs some of them.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { machine, time } from './report.ts';

const BENCHES = ['start', 'live', 'pace', 'ledger', 'smoke', 'rollback', 'footprint'];

const root = resolve(fileURLToPath(import.meta.url), '../..');
const page = join(root, 'docs/performance.md');
const env = { ...process.env, BENCH_ASSETS: join(root, 'docs/assets') };
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !BENCHES.includes(name));
if (unknown.length > 0) throw new Error(`no bench ${unknown.join(', ')}; there are ${BENCHES.join(', ')}`);

for (const name of BENCHES) {
  const script = join(root, 'bench', `${name}.ts`);
  if (!existsSync(script) || (wanted.length > 0 && !wanted.includes(name))) continue;
  process.stderr.write(`bench ${name}\n`);
  const startedAt = performance.now();
  const { status, stdout } = spawnSync(process.execPath, [script], {
    cwd: root,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) {
    process.stderr.write(`bench/${name}.ts ended with ${status}; its section stays as it was\n`);
    process.exitCode = 1;
    continue;
  }
  const took = time(performance.now() - startedAt);
  process.stderr.write(`bench ${name} took ${took}\n`);
  process.stdout.write(`${stdout}\n`);
  const measured = `Measured by \`node bench/${name}.ts\` in ${took}: ${machine()}.`;
  writeFileSync(page, withSection(readFileSync(page, 'utf8'), name, `${stdout.trim()}\n\n${measured}`));
}

/** The page with what stands between a bench's markers replaced; without markers, with a new section at its end. */
function withSection(text: string, name: string, content: string): string {
  const section = `<!-- generated:${name} -->\n${content}\n<!-- /generated -->`;
  const pattern = new RegExp(`<!-- generated:${name} -->\\n[\\s\\S]*?<!-- /generated -->`);
  if (pattern.test(text)) return text.replace(pattern, () => section);
  return `${text.trimEnd()}\n\n## ${name}\n\n${section}\n`;
}

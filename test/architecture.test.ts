import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const SRC = resolve(import.meta.dirname, '../src');

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
  readonly dynamic: boolean;
}

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .map((name) => name.replaceAll('\\', '/'))
  .filter((name) => name.endsWith('.ts'));

const IMPORT =
  /(?:^|\n)\s*(?:import|export)(\s+type)?\s(?:[^'";]*?\sfrom\s)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;

const imports: Import[] = files.flatMap((from) =>
  [...readFileSync(join(SRC, from), 'utf8').matchAll(IMPORT)].map(([, type, static_, dynamic]) => {
    const target = static_ ?? dynamic ?? '';
    const to = target.startsWith('.')
      ? relative(SRC, resolve(SRC, dirname(from), target)).replaceAll('\\', '/')
      : target;
    return { from, to, typeOnly: type !== undefined, dynamic: dynamic !== undefined };
  }),
);

const roomOf = (path: string): string => (path.includes('/') ? (path.split('/')[0] ?? '') : path);
const own = imports.filter(({ to }) => files.includes(to));

/** Who may know whom; types may be seen from anywhere that a row allows too. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  'index.ts': ['main.ts'],
  'main.ts': ['run.ts', 'front', 'modes', 'ports', 'proof', 'version.ts'],
  'run.ts': ['front', 'modes', 'report', 'config', 'ports', 'proof'],
  'version.ts': [],
  front: ['modes', 'report', 'config', 'ports', 'proof'],
  modes: [
    'live',
    'smoke',
    'once',
    'deploy',
    'runner',
    'holds',
    'demo',
    'ledger',
    'config',
    'report',
    'ports',
    'proof',
  ],
  demo: ['proof'],
  live: ['ledger', 'ports', 'proof'],
  once: ['ledger', 'ports', 'proof'],
  deploy: ['holds', 'ledger', 'ports', 'proof'],
  runner: ['holds', 'ledger', 'ports', 'proof'],
  holds: ['ledger', 'proof'],
  smoke: ['config', 'ports', 'proof'],
  ledger: ['ports', 'proof'],
  report: ['ports', 'proof'],
  config: ['proof'],
  ports: ['proof'],
  proof: [],
};

/** Files that decide, and so have no effects: no Node modules but hashing, no environment, clock, randomness or toolkit. */
const PURE = [
  ...files.filter((name) => name.startsWith('proof/')),
  'deploy/attempt.ts',
  'deploy/begin.ts',
  'deploy/describe.ts',
  'deploy/pointer.ts',
  'deploy/promote.ts',
  'deploy/proof-record.ts',
  'deploy/records.ts',
  'deploy/require-proof.ts',
  'deploy/rollback-target.ts',
  'deploy/rollback.ts',
  'deploy/settle-phase.ts',
  'deploy/verdict.ts',
  'deploy/verified.ts',
  'deploy/version.ts',
  'live/baseline.ts',
  'live/build-id.ts',
  'live/copies.ts',
  'live/evidence.ts',
  'live/freshness.ts',
  'live/html-marker.ts',
  'live/schedule.ts',
  'live/stamp-html.ts',
  'live/verdict.ts',
  'ports/github-problem.ts',
  'report/check-run-output.ts',
  'modes/prove/parts.ts',
  'modes/replay/state.ts',
  ...files.filter((name) => name.startsWith('once/replay/')),
  'runner/drill-account.ts',
  'runner/drill.ts',
  'runner/breaker.ts',
  'runner/cap.ts',
  'runner/guard.ts',
  'runner/lost.ts',
  'runner/meter.ts',
  'runner/meter-claude.ts',
  'runner/meter-money.ts',
  'runner/meter-report.ts',
  'runner/slot.ts',
  'runner/tick-digest.ts',
  'runner/tick-settle.ts',
  'runner/tick-start.ts',
  'runner/tick-state.ts',
  'runner/tick-trigger.ts',
  'runner/alerts.ts',
  'runner/clock-drills.ts',
  'runner/clock-tick.ts',
  'runner/clock.ts',
  'runner/coverage.ts',
  'runner/day.ts',
  'runner/history-ticks.ts',
  'runner/history.ts',
  'runner/incident-link.ts',
  'runner/incident-story.ts',
  'runner/incident.ts',
  'runner/retrospective-gaps.ts',
  'runner/retrospective.ts',
  'runner/run-log.ts',
  'runner/status-sections.ts',
  'runner/status.ts',
  'runner/totals.ts',
  'runner/watchdog.ts',
  'modes/retrospective/coverage.ts',
  'modes/retrospective/demo.ts',
  'modes/retrospective/review.ts',
  'modes/retrospective/run-log.ts',
  'modes/retrospective/totals.ts',
  'modes/retrospective/words.ts',
  'modes/status/chart.ts',
  'modes/status/html.ts',
  'modes/watchdog/alert-text.ts',
];

describe('architecture', () => {
  it('sees the imports that it judges', () => {
    expect(own.length).toBeGreaterThan(files.length);
  });

  it('lets arrows point downwards only', () => {
    const wrong = own.filter(
      ({ from, to }) => roomOf(from) !== roomOf(to) && !ARROWS[roomOf(from)]?.includes(roomOf(to)),
    );
    expect(wrong.map(({ from, to }) => `${from} → ${to}`)).toEqual([]);
  });

  it('has no circles, not even of types', () => {
    const next = Map.groupBy(own, ({ from }) => from);
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' → '));
      else if (!done.has(file)) {
        for (const { to } of next.get(file) ?? []) visit(to, [...path, file]);
        done.add(file);
      }
    };
    for (const file of files) visit(file, []);
    expect(circles).toEqual([]);
  });

  it('keeps deciding files pure', () => {
    expect(PURE.filter((name) => !files.includes(name))).toEqual([]);
    const impure = PURE.flatMap((name) => {
      const source = readFileSync(join(SRC, name), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
      const nodes = imports.filter(
        ({ from, to }) => from === name && to.startsWith('node:') && to !== 'node:crypto',
      );
      const effects =
        source.match(/\b(process\.|Date\.now|Math\.random|performance\.|setTimeout|fetch\(|new Date\(\))/g) ??
        [];
      return [...nodes.map(({ to }) => `${name}: ${to}`), ...effects.map((effect) => `${name}: ${effect}`)];
    });
    expect(impure).toEqual([]);
  });

  it("keeps GitHub's toolkit in the front, the writers and the ports", () => {
    const wrong = imports.filter(
      ({ from, to }) =>
        to.startsWith('@actions/') && from !== 'front/action.ts' && !/^(report|ports)\//.test(from),
    );
    expect(wrong).toEqual([]);
  });

  it('loads heavy packages only when they are used', () => {
    const HEAVY =
      /^(undici|parse5|json-p3|yaml|redis|css-select|@actions\/|@cfworker\/|@modelcontextprotocol\/|@sigstore\/|sigstore$|tough-cookie)/;
    const loaded = imports.filter(({ dynamic, typeOnly }) => !dynamic && !typeOnly);
    const next = Map.groupBy(loaded, ({ from }) => from);
    /** Everything that is loaded together with a file, before any line of it runs. */
    const closure = (file: string, seen = new Set<string>()): Set<string> => {
      if (seen.has(file)) return seen;
      seen.add(file);
      for (const { to } of next.get(file) ?? []) closure(to, seen);
      return seen;
    };
    const starts = ['main.ts', 'front/action.ts', ...files.filter((name) => name.startsWith('modes/'))];
    const eager = starts.flatMap((start) =>
      [...closure(start)].filter((to) => HEAVY.test(to)).map((to) => `${start} … ${to}`),
    );
    expect(eager).toEqual([]);
  });

  it('keeps the entry short and files a reader’s page', () => {
    const lines = (name: string) => readFileSync(join(SRC, name), 'utf8').split('\n').length;
    expect(lines('index.ts')).toBeLessThan(30);
    expect(files.filter((name) => lines(name) > 300)).toEqual([]);
  });
});

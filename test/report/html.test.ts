import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Check, Proof } from '../../src/proof/schema.ts';
import { html } from '../../src/report/html.ts';
import { reportOf } from '../../src/report/html-report.ts';
import { mermaidKey, mermaidOf } from '../../src/report/mermaid.ts';
import { picturesOf } from '../../src/report/pictures.ts';
import { summaryOf } from '../../src/report/summary.ts';
import { lanesOf } from '../../src/report/timeline.ts';
import { noBrowser, readPage } from '../targets/reader.ts';
import { requireOrSkip } from '../targets/requirements.ts';

const BEGAN = Date.parse('2026-11-01T12:00:00.000Z');
const at = (offsetMs: number) => new Date(BEGAN + offsetMs).toISOString();
const look = (offsetMs: number, observed: Record<string, string | number>) => ({
  at: at(offsetMs),
  elapsedMs: 3,
  status: 'pass' as const,
  observed: { edge: '192.0.2.1', encoding: 'br', ...observed },
});

const live: Check = {
  id: 'live:https://app.example.com/',
  status: 'pass',
  title: 'https://app.example.com/ serves the build',
  expected: 'build-2',
  observed: 'build-2',
  attempts: [
    look(0, { status: 200, served: 'build-1', age: '7' }),
    look(500, { status: 503 }),
    look(700, { error: 'ECONNREFUSED' }),
    look(1_000, { status: 200, served: 'build-2', age: '0' }),
    look(0, { status: 200, served: 'build-2', encoding: 'gzip' }),
  ],
};

const proof = (more: Partial<Proof> = {}): Proof => ({
  schemaVersion: 1,
  mode: 'prove',
  outcome: 'passed',
  subject: { buildId: 'build-2', url: ['https://app.example.com/'] },
  startedAt: at(0),
  endedAt: at(2_000),
  checks: [live],
  result: { deployed: true },
  overrides: [],
  ...more,
});

const ATTACKS = [
  '<script>window.pwned = 1</script>',
  '"><img src=https://evil.example/x onerror="window.pwned = 2">',
  "' onmouseover='window.pwned = 3' x='",
  '</style><script>window.pwned = 4</script>',
  '</title><script>window.pwned = 5</script>',
  '<svg onload="window.pwned = 6"><a xlink:href="javascript:window.pwned = 7">x</a></svg>',
  '&lt;script&gt;window.pwned = 8&lt;/script&gt;',
  '<meta http-equiv=refresh content="0;url=https://evil.example/">',
  '<link rel=stylesheet href=https://evil.example/a.css>',
  '\u202egnp.exe\u2066 \u0000 \u001b[31m',
];

/** A proof in which every text is hostile. */
function hostile(): Proof {
  const checks = ATTACKS.map(
    (text, index): Check => ({
      id: index === 0 ? `live:${text}` : text,
      status: 'fail',
      title: text,
      expected: text,
      observed: text,
      detail: text,
      at: { file: text, line: 1 },
      attempts: [look(0, { [text]: text, edge: text, encoding: text, served: text, age: text, status: 200 })],
    }),
  );
  const run = { repository: ATTACKS[0], actor: ATTACKS[1], url: 'javascript:window.pwned = 9' };
  const ledger = { store: ATTACKS[2] ?? '', id: ATTACKS[3], head: ATTACKS[4] ?? '', entries: 1 };
  return proof({
    mode: ATTACKS[1] ?? '',
    checks,
    overrides: ATTACKS,
    run,
    ledger,
    subject: { [ATTACKS[0] ?? '']: [...ATTACKS] },
    result: { [ATTACKS[1] ?? '']: ATTACKS },
  });
}

const PHONE = { width: 360, height: 740 };
const DESKTOP = { width: 1280, height: 900 };

describe('report.html', () => {
  it('reads well and without a request on a phone, a desktop and in the dark', async (context) => {
    const missing = requireOrSkip([], { Chrome: !noBrowser() });
    if (missing) context.skip(missing);
    const failing: Check = {
      ...live,
      id: 'smoke:home',
      title: 'home',
      status: 'fail',
      observed: 'x'.repeat(400),
      detail: 'purge it',
    };
    const page = reportOf(proof({ outcome: 'failed', checks: [live, failing], overrides: ['edges: one'] }));
    for (const read of await readPage(page, [PHONE, DESKTOP, { ...DESKTOP, dark: true }])) {
      expect(read.violations).toEqual([]);
      expect(read.overflows).toBe(false);
      expect(read.requests).toEqual(['/']);
      expect(read.text.indexOf('ship-proof prove: failed')).toBe(0);
      expect(read.text).toContain('1 passed, 1 failed');
      expect(read.text).toContain('edges: one');
      expect(read.text).toContain('purge it');
    }
  });

  it('runs no script and asks for nothing, whatever the proof says', async (context) => {
    const missing = requireOrSkip([], { Chrome: !noBrowser() });
    if (missing) context.skip(missing);
    const [read] = await readPage(reportOf(hostile()), [DESKTOP]);
    expect(read?.pwned).toBeNull();
    expect(read?.requests).toEqual(['/']);
    expect(read?.wanted.filter((url) => !/^http:\/\/127\.0\.0\.1:\d+\/$/.test(url))).toEqual([]);
    expect(read?.text).toContain('<script>window.pwned = 1</script>');
    expect(read?.text).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u001b]/);
    // The same texts as markup would have done all of it: the browser that judges is no blunt one.
    const staying = ATTACKS.filter((text) => !text.includes('refresh'));
    const [control] = await readPage(`<!doctype html><title>x</title>${staying.join('\n')}`, [DESKTOP]);
    expect(control?.pwned).not.toBeNull();
    expect(control?.wanted.some((url) => url.startsWith('https://evil.example/'))).toBe(true);
  });

  it('tells in the chart what each look saw, by shape too', () => {
    const page = reportOf(proof());
    expect(page).toContain('<circle class="old"');
    expect(page).toContain('<circle class="new"');
    expect(page).toContain('<rect class="none"');
    expect(page).toContain('<path class="unreachable"');
    expect(page).toContain('another build, after 0 s, status 200, age 7 s');
    expect(page).toContain('5 looks at 2 addresses and encodings within 1 s: 2 times the wanted build');
    expect(page).toContain('aria-label="192.0.2.1 gzip: 1 times the wanted build"');
  });

  it('tells addresses of several URLs apart in the chart', () => {
    const other = { ...live, id: 'live:https://app.example.com/build-id.txt' };
    const heads = (checks: Check[]) =>
      [...reportOf(proof({ checks })).matchAll(/<p class="of">([^<]*)/g)].map(([, url]) => url);
    expect(heads([live])).toEqual([]);
    expect(heads([live, other])).toEqual([
      'https://app.example.com/',
      'https://app.example.com/build-id.txt',
    ]);
  });

  it('begins with the checks that need attention', () => {
    const failing: Check = { ...live, id: 'smoke:home', title: 'the home page', status: 'fail' };
    const page = reportOf(proof({ outcome: 'failed', checks: [live, failing] }));
    expect(page.indexOf('<b>FAIL</b> the home page')).toBeLessThan(page.indexOf(`<b>pass</b> ${live.title}`));
  });

  it('tells facts within facts, and keeps what is short on one line', () => {
    const page = reportOf(proof({ result: { parts: { smoke: { outcome: 'failed' } } } }));
    expect(page).toContain(
      '<dt>parts</dt><dd><dl><dt>smoke</dt><dd><dl><dt>outcome</dt><dd>failed</dd></dl></dd></dl></dd>',
    );
    const attempts = [
      look(0, { served: 'build-2', request: `GET https://app.example.com/${'x'.repeat(40)}` }),
    ];
    expect(reportOf(proof({ checks: [{ ...live, attempts }] }))).toMatch(
      /<td class="value">build-2<\/td><td class="value long">GET /,
    );
  });

  it('lists what the run wrote into its ledger', () => {
    const ledger = { store: 'git+file:/x', head: 'abc', entries: 7 };
    const written = [
      { kind: 'phase-done', id: 'e7', at: at(0), seq: 7, version: 'abc', data: { phase: 'promote' } },
    ];
    expect(reportOf(proof({ ledger }))).not.toContain('Written by this run');
    expect(reportOf(proof({ ledger: { ...ledger, written } }))).toContain(
      '<td>7</td><td class="value">phase: promote</td>',
    );
  });

  it('counts what it leaves out of a huge proof', () => {
    const attempts = Array.from({ length: 500 }, (_, index) =>
      look(index, { status: 200, served: 'build-1' }),
    );
    const page = reportOf(
      proof({ checks: Array.from({ length: 2_001 }, () => ({ ...live, attempts: [] })) }),
    );
    expect(page).toContain('1 more stand in proof.json');
    expect(reportOf(proof({ checks: [{ ...live, attempts }] }))).toContain('300 more stand in proof.json');
  });

  it('shows the pictures that the proof names, if they are plain pictures beside it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ship-proof-pictures-'));
    try {
      const png = Buffer.from('89504e470d0a1a0a0000', 'hex');
      await writeFile(join(folder, 'screenshot-home.png'), png);
      await writeFile(join(folder, 'screenshot-text.png'), 'no picture');
      await writeFile(join(folder, 'secret.png'), png);
      await symlink(join(folder, 'secret.png'), join(folder, 'screenshot-link.png'));
      await mkdir(join(folder, 'screenshot-folder.png'));
      const names = ['home', 'text', 'link', 'folder', 'missing'].map((name) => `screenshot-${name}.png`);
      const attempts = [...names, '../secret.png', 'secret.png'].map((screenshot) => look(0, { screenshot }));
      const made = proof({ checks: [{ ...live, attempts }] });
      const pictures = await picturesOf(made, folder);
      expect([...pictures.keys()]).toEqual(['screenshot-home.png']);
      expect(reportOf(made, pictures)).toContain(`src="data:image/png;base64,${png.toString('base64')}"`);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('html', () => {
  it('takes text as text and markup as markup', () => {
    const inner = html`<b title="${'"<&>\''}">${'<i>'}</b>`;
    expect(html`<p>${inner}${[1, undefined, ' & ', inner]}</p>`.text).toBe(
      '<p><b title="&quot;&lt;&amp;&gt;&#39;">&lt;i&gt;</b>1 &amp; <b title="&quot;&lt;&amp;&gt;&#39;">&lt;i&gt;</b></p>',
    );
  });
});

describe('mermaidOf', () => {
  it('draws what each address served, in numbers and our own words only', () => {
    expect(mermaidOf(lanesOf(proof()))).toBe(
      [
        '```mermaid',
        'gantt',
        '  dateFormat x',
        '  axisFormat %M:%S',
        '  section address 1 br',
        '  old :crit, 0, 500',
        '  none :500, 700',
        '  unreachable :active, 700, 1000',
        '  new :done, 1000, 1001',
        '  section address 2 gzip',
        '  new :done, 0, 1',
        '```',
      ].join('\n'),
    );
  });

  it('tells which address has which number', () => {
    expect(mermaidKey(lanesOf(proof()))).toEqual([
      '- address 1: `https://app.example.com/ at 192.0.2.1 br`',
      '- address 2: `https://app.example.com/ at 192.0.2.1 gzip`',
    ]);
    for (const line of mermaidKey(lanesOf(hostile()))) expect(line).toMatch(/^- address \d+: `[^`|\n]*`$/);
    expect(summaryOf(proof())).toContain('```\n\n- address 1: ');
  });

  it('says nothing where nothing was polled', () => {
    expect(mermaidOf(lanesOf(proof({ checks: [] })))).toBe('');
  });

  it('takes no word from outside', () => {
    expect(mermaidOf(lanesOf(hostile()))).toMatch(/^[`a-zFMS0-9 :,%\n]+$/);
  });
});

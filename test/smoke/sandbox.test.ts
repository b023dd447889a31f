import { describe, expect, it } from 'vitest';
import { createSandbox } from '../../src/smoke/sandbox/sandbox.ts';

const EXPLODES = { kind: 'regex', source: '^(a+)+$', flags: '', text: `${'a'.repeat(60)}!` } as const;
const HARMLESS = { kind: 'regex', source: 'b(.)', flags: 'i', text: 'aBc' } as const;

describe('the sandbox', () => {
  it('ends what takes too long, and answers the next question', async () => {
    await using sandbox = createSandbox(undefined, 300);
    const replies = await Promise.all(
      [EXPLODES, HARMLESS, EXPLODES, HARMLESS].map((question) => sandbox.ask(question)),
    );
    expect(replies).toEqual([
      { kind: 'none', why: 'it was ended after 300 ms' },
      { kind: 'regex', groups: ['Bc', 'c'] },
      { kind: 'none', why: 'it was ended after 300 ms' },
      { kind: 'regex', groups: ['Bc', 'c'] },
    ]);
  });

  it('ends what takes too much memory', async () => {
    await using sandbox = createSandbox(undefined, 30_000);
    // Every one of the schema's references finds every one of the items wrong, and keeps an error for each.
    const text = JSON.stringify(Array.from({ length: 2_000 }, () => [1]));
    const allOf = Array.from({ length: 3_000 }, () => ({ $ref: '#/$defs/a' }));
    const schema = { allOf, $defs: { a: { items: { items: { type: 'string' } } } } };
    const reply = await sandbox.ask({ kind: 'schema', schema, text });
    expect(reply).toMatchObject({ kind: 'none', why: expect.stringMatching(/too much memory/) });
    expect(await sandbox.ask(HARMLESS)).toMatchObject({ kind: 'regex' });
  });

  it('has room for one large page after another', async () => {
    await using sandbox = createSandbox(undefined, 30_000);
    const row = (i: number) => `<p id=a${i} class=b${i} lang=c${i} title=d${i}>hello</p>`;
    const rows = Array.from({ length: 49_000 }, (_, i) => row(i)).join('');
    for (const name of ['one', 'two', 'three']) {
      const reply = await sandbox.ask({ kind: 'html', selector: 'h1', text: `<h1>${name}</h1>${rows}` });
      expect(reply).toMatchObject({ kind: 'html', elements: [{ text: name }] });
    }
  });

  it.for([
    [
      'a page of many elements',
      { kind: 'html', selector: 'p', text: '<p>hello</p>'.repeat(350_000) },
      /more than 50000 elements/,
    ],
    ['a page of many texts', { kind: 'html', selector: 'p', text: 'a<!>'.repeat(1_200_000) }, /ended|^$/],
    [
      'a page of attributes',
      {
        kind: 'html',
        selector: 'p',
        text: `<p ${Array.from({ length: 400_000 }, (_, id) => `a${id}`).join(' ')}>`,
      },
      /ended|^$/,
    ],
    ['JSON of many lists', { kind: 'json', path: '$..*', text: `[${'[],'.repeat(1_700_000)}0]` }, /ended|^$/],
    [
      'JSON of many keys',
      {
        kind: 'json',
        path: '$..*',
        text: `{${Array.from({ length: 300_000 }, (_, id) => `"${id}":{}`).join(',')}}`,
      },
      /ended|^$/,
    ],
  ] as const)('survives %s', async ([, question, why]) => {
    await using sandbox = createSandbox();
    const reply = await sandbox.ask(question);
    expect(reply.kind === 'none' ? reply.why : '').toMatch(why);
    expect(await sandbox.ask(HARMLESS)).toMatchObject({ kind: 'regex' });
  });

  it('lets go at once when the run is aborted', async () => {
    const controller = new AbortController();
    await using sandbox = createSandbox(controller.signal, 30_000);
    await sandbox.ask(HARMLESS);
    const started = performance.now();
    const asked = [EXPLODES, HARMLESS, EXPLODES].map((question) => sandbox.ask(question));
    setTimeout(() => controller.abort(new Error('time is up')), 50);
    const settled = await Promise.allSettled(asked);
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    // Each of them alone would have taken its 30 s.
    expect(performance.now() - started).toBeLessThan(15_000);
  });
});

it('is not disturbed by a thread that runs out of memory while it is being ended', async () => {
  // Filling its memory takes the thread longer than it is given, so that its limit is met during its end.
  const text = `<p ${Array.from({ length: 400_000 }, (_, id) => `a${id}`).join(' ')}>`;
  for (const deadlineMs of [100, 200, 400, 800]) {
    await using sandbox = createSandbox(undefined, deadlineMs);
    const reply = await sandbox.ask({ kind: 'html', selector: 'p', text });
    expect(reply.kind).toBe('none');
  }
});

import { describe, expect, it } from 'vitest';
import { planChecks } from '../../src/modes/smoke/plan.ts';
import { createRedactor } from '../../src/proof/redact.ts';

const ALLOWED = ['https://app.example.com/', 'https://*.preview.example.com/', 'https://api.example.com/v1'];

const plan = (checks: string, base = 'https://app.example.com/') =>
  planChecks({ checks, 'base-url': new URL(base), 'build-id': 'build-1' }, {
    env: {},
    secrets: createRedactor(),
    cwd: import.meta.dirname,
    allowedUrls: ALLOWED.map((url) => new URL(url)),
  } as unknown as Parameters<typeof planChecks>[1]);

/** A flow that captures `x` and then asks for the URL. */
const flow = (url: string) =>
  JSON.stringify([{ name: 'a', steps: [{ get: '/', capture: { x: { header: 'x' } } }, { get: url }] }]);

describe('where the policy names URLs, a check may ask', () => {
  it.each([
    '/',
    '../up?next=https://evil.example/',
    'https://app.example.com/any',
    'https://api.example.com/v1/notes/{{x}}',
    'https://pr-7.preview.example.com/{{build-id}}',
    // Where a server leads to is its own word.
    '{{x}}',
    '/{{x}}',
  ])('%s', async (url) => {
    await expect(plan(flow(url))).resolves.toBeDefined();
  });
});

describe('and is refused before anything is sent', () => {
  it.each([
    'https://evil.example/',
    'http://app.example.com/',
    'https://app.example.com:8443/',
    'https://app.example.com.evil.example/',
    'https://api.example.com/v2',
    'https://api.example.com/v1/../v2',
    '//evil.example/',
    '/\\evil.example/',
    '\\\\evil.example/',
    // What is filled in later could make another host of it.
    'https://app.example.com{{x}}',
    '//app.example.com{{x}}',
    'https://{{x}}',
    'https://{{x}}.preview.example.com/',
    'https://app.example.com:{{x}}/',
  ])('%s', async (url) => {
    await expect(plan(flow(url))).rejects.toMatchObject({ outcome: 'refused', code: 'policy-url' });
  });

  it('an MCP server too', async () => {
    await expect(plan('[{ name: a, mcp: "https://evil.example/mcp" }]')).rejects.toMatchObject({
      outcome: 'refused',
      code: 'policy-url',
    });
  });

  it('with the line that asks, and no more of the URL than its origin', async () => {
    const list = '- { name: a, get: / }\n- name: b\n  get: https://hooks.example/T0K3N-of-the-path?key=1\n';
    await expect(plan(list)).rejects.toThrow(
      'input `checks`:3: the policy does not let a check ask https://hooks.example; allowed: https://app.example.com/',
    );
  });
});

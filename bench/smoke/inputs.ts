// The same work in the language of each tool: status 200, the text, the value, the token taken and handed on.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type Check, checks, flows, type Step, TOKEN_HEADER, work } from './work.ts';

/** A list of checks for ship-proof. */
export function writeOurs(folder: string): void {
  const list = work.map(({ name, steps }) => {
    const written = steps.map((step) => ({
      get: step.path,
      ...(step.sendsToken ? { headers: { [TOKEN_HEADER]: '{{token}}' } } : {}),
      expect: {
        status: 200,
        ...(step.contains === undefined ? {} : { contains: step.contains }),
        json: { [`$.${step.field}`]: step.value },
      },
      ...(step.takesToken ? { capture: { token: { json: '$.token' } } } : {}),
    }));
    return written.length === 1 ? { name, ...written[0] } : { name, steps: written };
  });
  writeFileSync(join(folder, 'smoke.yml'), stringify(list));
}

/** A Postman collection for newman: a folder for each flow. */
export function writeNewman(folder: string, origin: string): void {
  const item = (name: string, step: Step) => ({
    name,
    request: {
      method: 'GET',
      url: `${origin}${step.path}`,
      header: step.sendsToken ? [{ key: TOKEN_HEADER, value: '{{token}}' }] : [],
    },
    event: [{ listen: 'test', script: { type: 'text/javascript', exec: postmanTests(step) } }],
  });
  const collection = {
    info: {
      name: 'smoke',
      schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json',
    },
    item: [
      ...checks.flatMap(({ name, steps }) => steps.map((step) => item(name, step))),
      ...flows.map(({ name, steps }) => ({
        name,
        item: steps.map((step, index) => item(`${name} step ${index + 1}`, step)),
      })),
    ],
  };
  writeFileSync(join(folder, 'collection.json'), JSON.stringify(collection, undefined, 2));
}

const postmanTests = ({ contains, field, value, takesToken }: Step): string[] => [
  "pm.test('status', () => pm.response.to.have.status(200));",
  ...(contains === undefined
    ? []
    : [`pm.test('text', () => pm.expect(pm.response.text()).to.include('${contains}'));`]),
  `pm.test('value', () => pm.expect(pm.response.json().${field}).to.eql(${value}));`,
  ...(takesToken ? ["pm.collectionVariables.set('token', pm.response.json().token);"] : []),
];

/** A workflow for stepci. */
export function writeStepci(folder: string, origin: string): void {
  const test = ({ name, steps }: Check) => ({
    steps: steps.map((step, index) => ({
      name: `${name} step ${index + 1}`,
      http: {
        url: `${origin}${step.path}`,
        method: 'GET',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: it is stepci's own way to name a captured value.
        ...(step.sendsToken ? { headers: { [TOKEN_HEADER]: '${{captures.token}}' } } : {}),
        ...(step.takesToken ? { captures: { token: { jsonpath: '$.token' } } } : {}),
        check: {
          status: 200,
          ...(step.contains === undefined ? {} : { body: [{ in: step.contains }] }),
          jsonpath: { [`$.${step.field}`]: step.value },
        },
      },
    })),
  });
  const tests = Object.fromEntries(work.map((check) => [check.name, test(check)]));
  writeFileSync(join(folder, 'workflow.yml'), stringify({ version: '1.1', name: 'smoke', tests }));
}

/** A Bruno collection, a folder: a file for each request, a folder for each flow. Returns its path. */
export function writeBruno(folder: string, origin: string): string {
  const collection = join(folder, 'bruno');
  mkdirSync(collection);
  writeFileSync(
    join(collection, 'bruno.json'),
    JSON.stringify({ version: '1', name: 'smoke', type: 'collection', ignore: ['node_modules', '.git'] }),
  );
  for (const [index, { name, steps }] of checks.entries()) {
    for (const step of steps) {
      writeFileSync(join(collection, `${name}.bru`), bruno(name, index + 1, origin, step));
    }
  }
  for (const { name, steps } of flows) {
    mkdirSync(join(collection, name));
    for (const [index, step] of steps.entries()) {
      const title = `${name}-step-${index + 1}`;
      writeFileSync(join(collection, name, `${title}.bru`), bruno(title, index + 1, origin, step));
    }
  }
  return collection;
}

function bruno(name: string, seq: number, origin: string, step: Step): string {
  const block = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : [`${title} {`, ...lines.map((line) => `  ${line}`), '}', ''];
  return [
    ...block('meta', [`name: ${name}`, 'type: http', `seq: ${seq}`]),
    ...block('get', [`url: ${origin}${step.path}`, 'body: none', 'auth: none']),
    ...block('headers', step.sendsToken ? [`${TOKEN_HEADER}: {{token}}`] : []),
    ...block('vars:post-response', step.takesToken ? ['token: res.body.token'] : []),
    ...block('assert', ['res.status: eq 200', `res.body.${step.field}: eq ${step.value}`]),
    ...block('tests', step.contains === undefined ? [] : brunoTest(step.contains)),
  ].join('\n');
}

const brunoTest = (contains: string): string[] => [
  "test('text', function () {",
  `  expect(JSON.stringify(res.getBody())).to.include('${contains}');`,
  '});',
];

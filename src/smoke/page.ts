import { UnreadableBody } from '../ports/decode.ts';
import type { Json } from '../proof/schema.ts';
import { type Answer, isHtml } from './answer.ts';
import { capture } from './capture.ts';
import { compose } from './compose.ts';
import type { SmokeContext } from './context.ts';
import type { Cookies } from './cookies.ts';
import { exchange } from './exchange.ts';
import { judge } from './expect/judge.ts';
import { addSecret } from './masking.ts';
import { pathOf, traceFields, unanswered, unreadable, withDefaults, withHint } from './page-words.ts';
import { pin, type Sighting } from './pin.ts';
import type { PageCheck, Step } from './plan.ts';
import type { Finding, Tried } from './result.ts';
import type { Value } from './template.ts';

/** What a flow carries from step to step. */
interface Carried {
  readonly cookies: Cookies;
  readonly values: Map<string, Value>;
  readonly sightings: Sighting[];
}

interface Stepped {
  readonly findings: readonly Finding[];
  readonly observed: Readonly<Record<string, Json>>;
  readonly judged: number;
}

/** One attempt at a page or a flow: its steps in order, up to the first that is not right. */
export async function tryPage(check: PageCheck, context: SmokeContext, signal: AbortSignal): Promise<Tried> {
  const { createCookies } = await import('./cookies.ts');
  const carried: Carried = { cookies: createCookies(), values: new Map(context.values), sightings: [] };
  const steps: Stepped[] = [];
  for (const [index, step] of check.steps.entries()) {
    const name = check.kind === 'flow' ? `step ${index + 1}` : '';
    const stepped = await takeStep(step, name, check, carried, context, signal);
    steps.push(stepped);
    if (stepped.findings.length > 0) break;
  }
  const findings = steps.flatMap((step) => step.findings);
  const has = (status: Finding['status']) => findings.some((finding) => finding.status === status);
  return {
    status: has('fail') ? 'fail' : has('untestable') ? 'untestable' : 'pass',
    findings,
    observed:
      check.kind === 'flow' ? { steps: steps.map(({ observed }) => observed) } : (steps[0]?.observed ?? {}),
    judged: steps.reduce((sum, { judged }) => sum + judged, 0),
  };
}

async function takeStep(
  step: Step,
  name: string,
  { name: check, timeoutMs }: PageCheck,
  carried: Carried,
  context: SmokeContext,
  signal: AbortSignal,
): Promise<Stepped> {
  const titled = (finding: Finding): Finding => ({
    ...finding,
    title: [name, `${step.method} ${pathOf(step)}`, finding.title].filter(Boolean).join(', '),
  });
  const ended = (finding: Omit<Finding, 'place'>, observed: Stepped['observed'] = {}): Stepped => ({
    findings: [titled({ ...finding, place: step.place })],
    observed: { request: `${step.method} ${pathOf(step)}`, ...observed },
    judged: 0,
  });
  const composed = compose(step, carried.values, context.baseUrl);
  if (composed.kind === 'unsendable') {
    return ended({
      status: 'fail',
      title: 'request',
      expected: 'a request that can be sent',
      observed: composed.why,
    });
  }
  const { outgoing } = composed;
  if (step.render && !context.render) {
    return ended({
      status: 'untestable',
      title: 'render',
      expected: 'a browser to open it in',
      observed: 'there is none',
    });
  }
  const title = [check, name].filter(Boolean).join(' ');
  const options = { follow: step.follow, timeoutMs, signal, cookies: carried.cookies, title };
  const ask = (step.render && context.render) || exchange;
  const exchanged = await ask(outgoing, options, context);
  const observed = { request: `${step.method} ${outgoing.url.href}`, ...traceFields(exchanged) };
  if (exchanged.kind !== 'answer') return ended(unanswered(exchanged, step), observed);
  const { answer } = exchanged;
  // First of all: what is captured is a secret, also in what is said about a wrong answer.
  const captured = await takeCaptures(step, answer, context);
  const expectations = withDefaults(step);
  const findings = await judge(expectations, answer, carried.values, context.sandbox, (text) =>
    context.secrets.text(text),
  );
  const unread =
    answer.unread !== undefined && !findings.some((finding) => finding.observed === answer.unread);
  const all = [
    ...findings.map((finding) => withHint(finding, exchanged)),
    ...(unread ? [unreadable(answer.unread ?? '', step)] : []),
    ...(await pinned(answer, name || step.method, step, carried, context)),
  ];
  // A wrong answer seldom has what is to be captured, and that says nothing new about it.
  if (all.length === 0) all.push(...captured.findings);
  for (const [key, value] of captured.values) carried.values.set(key, value);
  return { findings: all.map(titled), observed, judged: expectations.length };
}

async function pinned(
  answer: Answer,
  step: string,
  { place }: Step,
  { sightings }: Carried,
  { buildId, readStamp }: SmokeContext,
): Promise<Finding[]> {
  const html = answer.html ?? answer.text;
  if (answer.unread !== undefined || html === '' || !isHtml(answer)) return [];
  const stamp = await readStamp(html).catch((error: unknown) => {
    if (!(error instanceof UnreadableBody)) throw error;
    return error;
  });
  if (stamp instanceof UnreadableBody && buildId !== undefined) {
    return [{ status: 'fail', title: 'build', expected: `build ${buildId}`, observed: stamp.message, place }];
  }
  if (typeof stamp !== 'string') return [];
  const seen: Sighting = { step, origin: answer.url.origin, buildId: stamp };
  const finding = pin(seen, sightings, buildId, place);
  sightings.push(seen);
  return finding ? [finding] : [];
}

async function takeCaptures(
  step: Step,
  answer: Answer,
  { sandbox, secrets }: SmokeContext,
): Promise<{ readonly values: ReadonlyMap<string, Value>; readonly findings: readonly Finding[] }> {
  const values = new Map<string, Value>();
  const findings: Finding[] = [];
  for (const { name, place, secret, from } of step.captures) {
    const captured = await capture(from, answer, sandbox);
    if (captured.kind === 'none') {
      const title = `capture ${name}`;
      findings.push({ status: 'fail', title, expected: 'a value', observed: captured.why, place });
      continue;
    }
    if (secret) addSecret(captured.value, secrets);
    values.set(name, { json: captured.value, secret, captured: true });
  }
  return { values, findings };
}

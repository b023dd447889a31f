import { isAllowedUrl, type Policy } from '../config/policy.ts';
import type { Mode } from '../modes/mode.ts';
import { judgeWritable, type Writable } from '../modes/replay/writable.ts';
import { printable } from '../proof/encode.ts';
import { refused } from '../proof/errors.ts';
import { isAllowedOverride } from '../proof/overrides.ts';
import type { Check, Proof } from '../proof/schema.ts';
import type { RawInput } from './parse.ts';
import { judgeRunner, standingInputs } from './policy-runner.ts';

/**
 * Inputs as the policy has them: what it locks is set, and another value is refused. A runner that nobody named is refused,
 * since a new one would begin with a cap of its own.
 */
export function lockInputs(policy: Policy, mode: Mode, given: readonly RawInput[]): readonly RawInput[] {
  const { shape } = mode.input;
  const last = (name: string) => given.findLast((raw) => raw.name === name);
  const locks = [...policy.locked].filter(([name]) => Object.hasOwn(shape, name));
  for (const [name, locked] of locks) {
    const raw = last(name);
    if (raw && String(raw.value).trim() !== locked)
      throw differs(name, raw, `\`${withoutPassword(locked)}\``);
  }
  const runner = Object.hasOwn(shape, 'runner') ? last('runner') : undefined;
  if (
    runner &&
    ![...(policy.runners?.keys() ?? []), ...policy.configuredRunners.keys()].includes(String(runner.value))
  )
    throw differs('runner', runner, 'a runner that the config names');
  return [
    // Inputs may tighten a control, so the policy's own are the lowest in rank; a looser one is refused when it is understood.
    ...(runner ? standingInputs(policy, mode, String(runner.value), SOURCE) : []),
    ...given,
    ...locks.map(([name, value]) => ({ name, value, source: SOURCE })),
  ];
}

const SOURCE = 'the policy';

const URL_INPUTS = ['url', 'base-url'];

/** Refuses parsed inputs that go beyond the policy: where to look, where to write, how much to spend. */
export function judgeInput(policy: Policy, mode: Mode, input: Readonly<Record<string, unknown>>): void {
  for (const name of URL_INPUTS) {
    const { urls } = policy;
    const outside = urls && urlsIn(input[name]).find((url) => !isAllowedUrl(url, urls));
    if (outside)
      throw refused(
        'policy-url',
        `the policy does not let \`${name}\` be ${printable(outside.href)}; allowed: ${listed(urls)}`,
      );
  }
  const writable = input['allow-writes-to'] as Writable | undefined;
  if (writable && policy.allowWritesTo) judgeWritable(policy.allowWritesTo, writable);
  judgeRunner(policy, mode, input);
}

/** The proof, refused where it was weakened in a way that the policy does not know. */
export function judgeProof({ waivers }: Policy, proof: Proof): Proof {
  if (!waivers) return proof;
  const beyond = proof.overrides.filter((override) => !isAllowedOverride(override, waivers));
  if (beyond.length === 0) return proof;
  const check: Check = {
    id: 'policy:waivers',
    status: 'fail',
    title: 'it is weakened only as the policy allows',
    expected: `overrides about ${listed(waivers)}`,
    observed: beyond.join('; '),
    detail:
      'Leave out the input that weakens it, or allow it by `waivers` in the policy of the default branch.',
  };
  const result = 'deployed' in proof.result ? { ...proof.result, deployed: false } : proof.result;
  const outcome = ['passed', 'skipped', 'halted'].includes(proof.outcome) ? 'refused' : proof.outcome;
  return { ...proof, outcome, result, checks: [...proof.checks, check] };
}

const differs = (name: string, raw: RawInput, allowed: string) =>
  refused(
    'policy-locked',
    `the policy locks \`${name}\`: ${printable(withoutPassword(String(raw.value)), 120)} was given (from ${raw.source}); allowed: ${allowed}`,
  );

/** A store's URL may carry the password of its Redis. */
function withoutPassword(text: string): string {
  const [start, end] = [text.indexOf('//') + 2, text.lastIndexOf('@')];
  return start > 1 && end >= start ? `${text.slice(0, start)}***${text.slice(end)}` : text;
}

const urlsIn = (value: unknown): URL[] =>
  (Array.isArray(value) ? value : [value]).flatMap((item) => {
    const url = item instanceof URL ? item : typeof item === 'string' ? URL.parse(item) : null;
    return url ? [url] : [];
  });

const listed = (items: readonly (string | URL)[]): string =>
  items.length === 0 ? 'nothing' : items.map(String).join(', ');

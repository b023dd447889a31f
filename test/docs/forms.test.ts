import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { ROOT } from './pages.ts';

// As GitHub has them: https://docs.github.com/communities/using-templates-to-encourage-useful-issues-and-pull-requests
const text = z.string().min(1);
const described = { label: text, description: text.optional() };
const rules = z.strictObject({ required: z.boolean() }).optional();
const id = z.string().regex(/^[\w-]+$/);
const field = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('markdown'), attributes: z.strictObject({ value: text }) }),
  z.strictObject({
    type: z.literal('textarea'),
    id,
    attributes: z.strictObject({ ...described, render: text.optional(), value: text.optional() }),
    validations: rules,
  }),
  z.strictObject({ type: z.literal('input'), id, attributes: z.strictObject(described), validations: rules }),
  z.strictObject({
    type: z.literal('dropdown'),
    id,
    attributes: z.strictObject({ ...described, options: z.array(text).min(1) }),
    validations: rules,
  }),
]);
const form = z.strictObject({
  name: text,
  description: text,
  labels: z.array(text),
  body: z.array(field).min(1),
});
const chooser = z.strictObject({
  blank_issues_enabled: z.boolean(),
  contact_links: z.array(z.strictObject({ name: text, url: z.url(), about: text })),
});
const dependabot = z.strictObject({
  version: z.literal(2),
  updates: z.array(
    z.strictObject({
      'package-ecosystem': z.enum(['github-actions', 'npm']),
      directory: z.literal('/'),
      schedule: z.strictObject({ interval: z.enum(['daily', 'weekly', 'monthly']) }),
      cooldown: z.strictObject({ 'default-days': z.number() }).optional(),
      groups: z.record(text, z.looseObject({})).optional(),
      ignore: z.array(z.strictObject({ 'dependency-name': text })).optional(),
    }),
  ),
});

const kindOf = (name: string) =>
  name === 'dependabot.yml' ? dependabot : name === 'ISSUE_TEMPLATE/config.yml' ? chooser : form;

const problems = (name: string, content: string): string[] =>
  kindOf(name)
    .safeParse(parse(content))
    .error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];

const FOLDER = join(ROOT, '.github');
const FORMS = [
  'dependabot.yml',
  ...readdirSync(join(FOLDER, 'ISSUE_TEMPLATE')).map((name) => `ISSUE_TEMPLATE/${name}`),
];

it.each(FORMS)('%s is as GitHub wants it', (name) => {
  const content = readFileSync(join(FOLDER, name), 'utf8');
  expect(problems(name, content)).toEqual([]);
  // What is misspelt, GitHub drops without a word.
  const [first = ''] = /^\w+(?=:)/m.exec(content) ?? [];
  expect(problems(name, content.replace(`${first}:`, `${first}s:`))).not.toEqual([]);
});

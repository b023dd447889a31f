import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../..');

/** A page of Markdown: its path from the repository's root, with slashes. */
export interface Page {
  readonly path: string;
  readonly text: string;
}

/** A fenced block of a page. */
export interface Block {
  /** `docs/tick.md:12`, the line of the fence. */
  readonly at: string;
  readonly path: string;
  readonly language: string;
  readonly text: string;
}

const markdownIn = (folder: string): string[] =>
  existsSync(join(ROOT, folder))
    ? readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.md'))
        .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    : [];

/** Every page that people read: those at the root, in docs and in .github. */
export const pages = (): Page[] =>
  [
    ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
    ...markdownIn('docs'),
    ...markdownIn('.github'),
  ]
    .sort()
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));

const FENCE = /^([ \t]*)(`{3,})([^\n`]*)\n(?:([\s\S]*?)\n)??[ \t]*\2[ \t]*$/gm;

/** The fenced blocks, without the indentation that they have in a list. */
export const blocksOf = ({ path, text }: Page): Block[] =>
  [...text.matchAll(FENCE)].map(({ index, 1: indent = '', 3: language = '', 4: inside = '' }) => ({
    at: `${path}:${text.slice(0, index).split('\n').length}`,
    path,
    language: language.trim(),
    text: inside
      .split('\n')
      .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line))
      .join('\n'),
  }));

/** The page with its code blanked out, line by line, so that what stands there is no link, heading or anchor. */
export const withoutBlocks = ({ text }: Page): string =>
  text.replace(FENCE, (block) => block.replace(/[^\n]/g, ''));

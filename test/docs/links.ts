import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { type Page, ROOT, withoutBlocks } from './pages.ts';

/** Addresses of this repository's own files. */
const OWN =
  /^https:\/\/(?:github\.com\/org\/ship-proof\/(?:blob|tree)|raw\.githubusercontent\.com\/org\/ship-proof)\/(?:main|v1)\//;

/** What is wrong with the links of a page: a file that is not there, an anchor that nothing has. */
export function brokenLinks(page: Page): string[] {
  // A link may be in code neither by fence nor by backticks; what is shown as a link's text may.
  const text = withoutBlocks(page).replace(/(?<!\[)`[^`\n]*`(?!\])/g, '');
  const inline = [...text.matchAll(/!?\[(?:[^\][]|\[[^\]]*\])*\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g)];
  const tags = [...text.matchAll(/<(?:a|img)\s[^>]*(?:href|src)="([^"]+)"/g)];
  return [...inline, ...tags].flatMap(([, target = '']) => {
    const why = problemOf(target, page);
    return why === undefined ? [] : [`${page.path}: ${target}: ${why}`];
  });
}

function problemOf(target: string, page: Page): string | undefined {
  const own = OWN.test(target);
  if (!own && /^(?:https?|mailto):/.test(target)) return undefined;
  const [file = '', anchor] = target.replace(OWN, '').split('#');
  const path = own ? file : file === '' ? page.path : posix.join(dirname(page.path), decodeURI(file));
  if (path.startsWith('..')) return 'leads out of the repository';
  if (!existsSync(join(ROOT, path))) return 'there is no such file';
  if (anchor === undefined) return undefined;
  if (statSync(join(ROOT, path)).isDirectory()) return 'a folder has no anchors';
  const text = path === page.path ? page.text : readFileSync(join(ROOT, path), 'utf8');
  return anchorsOf({ path, text }).has(anchor) ? undefined : 'nothing has this anchor';
}

/** The anchors of a page, as GitHub makes them of headings; and those that are written. */
export function anchorsOf(page: Page): ReadonlySet<string> {
  const text = withoutBlocks(page);
  const seen = new Map<string, number>();
  const headings = [...text.matchAll(/^#{1,6} +(.+?) *#*$/gm)].map(([, heading = '']) => {
    const slug = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replace(/<[^>]*>/g, '')
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
      .replaceAll(' ', '-');
    const before = seen.get(slug) ?? 0;
    seen.set(slug, before + 1);
    return before === 0 ? slug : `${slug}-${before}`;
  });
  const written = [...text.matchAll(/<a (?:id|name)="([^"]+)"/g)].map(([, id = '']) => id);
  return new Set([...headings, ...written]);
}

import { LEAVABLE, type Leavable } from '../../once/replay/cases.ts';
import { lines } from '../kinds.ts';
import type { Writable } from './writable.ts';

/** Origins, one per line, and the word `commands`. A path would promise a bound that is not kept, so it is no origin. */
export const writableOrigins = () =>
  lines()
    .transform((list, context): Writable => {
      const origins = new Set<string>();
      const items = itemsOf(list);
      for (const item of items) {
        if (item === 'commands' || item === '') continue;
        const url = URL.parse(item);
        if (url && isOrigin(url) && !/[?#@]/.test(item)) origins.add(url.origin);
        else context.addIssue({ code: 'custom', message: 'has a line that is no origin' });
      }
      return { origins, commands: items.includes('commands') };
    })
    .meta({ allowed: 'origins such as https://staging.example.com, one per line, and the word commands' });

/** A list may stand on one line, split at commas. */
const itemsOf = (list: readonly string[]): string[] =>
  list.flatMap((line) => line.split(',')).map((item) => item.trim());

const isOrigin = ({ protocol, pathname }: URL): boolean => /^https?:$/.test(protocol) && pathname === '/';

const isLeavable = (name: string): name is Leavable => LEAVABLE.some((known) => known === name);

export const without = () =>
  lines()
    .transform((list, context): readonly Leavable[] => {
      const names = itemsOf(list);
      if (!names.every(isLeavable)) context.addIssue({ code: 'custom', message: 'names another case' });
      return names.filter(isLeavable);
    })
    .meta({ allowed: `${LEAVABLE.join(', ')}, one per line or split at commas` });

import { LEAVABLE, type Leavable } from '../../once/replay/cases.ts';
import { lines } from '../kinds.ts';
import type { Writable } from './writable.ts';

/** Origins, one a line, and the word `commands`. A path would promise a bound that is not kept, so it is no origin. */
export const writableOrigins = () =>
  lines()
    .transform((list, context): Writable => {
      const origins = new Set<string>();
      for (const line of list.flatMap((item) => item.split(',')).map((item) => item.trim())) {
        if (line === 'commands' || line === '') continue;
        const url = URL.parse(line);
        if (url && isOrigin(url) && !/[?#@]/.test(line)) origins.add(url.origin);
        else context.addIssue({ code: 'custom', message: 'has a line that is no origin' });
      }
      return {
        origins,
        commands: list.some((line) => line.split(',').some((item) => item.trim() === 'commands')),
      };
    })
    .meta({ allowed: 'origins such as https://staging.example.com, one a line, and the word commands' });

const isOrigin = ({ protocol, pathname }: URL): boolean => /^https?:$/.test(protocol) && pathname === '/';

const isLeavable = (name: string): name is Leavable => LEAVABLE.some((known) => known === name);

export const without = () =>
  lines()
    .transform((list, context): readonly Leavable[] => {
      const names = list.flatMap((line) => line.split(',')).map((name) => name.trim());
      if (!names.every(isLeavable)) context.addIssue({ code: 'custom', message: 'names another case' });
      return names.filter(isLeavable);
    })
    .meta({ allowed: `${LEAVABLE.join(', ')}, one a line or split at commas` });

import type { Template } from '../template.ts';
import type { Compiling } from './compiling.ts';
import type { Source } from './source.ts';

/** The URL or path of a request. What can be known to be wrong with it is said before anything is sent. */
export function compileUrl(source: Source, { hasBaseUrl }: Compiling): Template {
  const template = source.template();
  const [first] = template.parts;
  const start = first && 'text' in first ? first.text : '';
  const whole = template.parts.every((part) => 'text' in part);
  if (/^[a-z][a-z0-9+.-]*:/i.test(start)) {
    if (!/^https?:\/\//i.test(start)) source.refuse('expected a path, or an http or https URL');
    else if (whole && !URL.parse(textOf(template))) source.refuse('not a URL');
    else if (/^https?:\/\/[^/?#]*@/i.test(start)) {
      source.refuse('a URL with a user name or password: give it as a header');
    }
  } else if (!hasBaseUrl) {
    source.refuse('a path needs `base-url`: give it, or write the whole URL here');
  }
  return template;
}

const textOf = ({ parts }: Template): string =>
  parts.map((part) => ('text' in part ? part.text : '')).join('');

import type { Outgoing, OutgoingBody } from './outgoing.ts';
import type { Body, Step } from './plan.ts';
import { render, renderJson, type Template, type Values } from './template.ts';

export type Composed =
  | { readonly kind: 'request'; readonly outgoing: Outgoing }
  /** What was put into it makes it something that can't be sent. */
  | { readonly kind: 'unsendable'; readonly why: string };

/** A step's request with its places filled. */
export function compose(step: Step, values: Values, baseUrl: URL | undefined): Composed {
  const target = targetOf(step.url, values, baseUrl);
  if (typeof target === 'string') return { kind: 'unsendable', why: target };
  // A fragment is the browser's own affair: some pages are routed by it, and no server is told.
  if (!step.render) target.url.hash = '';
  const headers = [...step.headers].map(([name, template]) => {
    const { text, secret } = render(template, values);
    return { name, value: text, secret };
  });
  const wrong = headers.find(({ value }) => /[^\t\x20-\x7e\x80-\xff]/.test(value));
  if (wrong)
    return { kind: 'unsendable', why: `the header ${wrong.name} has a character that no header may carry` };
  const body = step.body && composeBody(step.body, values);
  return { kind: 'request', outgoing: { ...target, method: step.method, headers, body } };
}

/**
 * The URL, and the origin that it was written for: its own where somebody wrote that down, else the base's. A captured value
 * may lead elsewhere, and then what was written for one origin is not sent to the other. As text, why there is none.
 */
export function targetOf(
  template: Template,
  values: Values,
  baseUrl: URL | undefined,
): { readonly url: URL; readonly origin: string } | string {
  const { text, written } = render(template, values);
  const url = URL.parse(text, baseUrl?.href);
  if (!url || !/^https?:$/.test(url.protocol)) return 'what was captured makes no http or https URL';
  if (url.username || url.password) return 'what was captured puts a user name or password into the URL';
  const [origin] = /^https?:\/\/[^/?#\\]+(?=[/?#\\])/i.exec(`${written}${written === text ? '/' : ''}`) ?? [];
  const writtenFor = origin === undefined ? baseUrl?.origin : URL.parse(origin)?.origin;
  return { url, origin: writtenFor ?? url.origin };
}

function composeBody(body: Body, values: Values): OutgoingBody {
  switch (body.kind) {
    case 'json':
      return { bytes: JSON.stringify(renderJson(body.value, values).value), type: 'application/json' };
    case 'form': {
      const fields = body.fields.map(([name, value]): [string, string] => [
        render(name, values).text,
        render(value, values).text,
      ]);
      return { bytes: new URLSearchParams(fields).toString(), type: 'application/x-www-form-urlencoded' };
    }
    case 'text':
      return { bytes: render(body.text, values).text, type: 'text/plain; charset=utf-8' };
    case 'file':
      return { bytes: body.bytes, type: 'application/octet-stream' };
  }
}

import { createHash } from 'node:crypto';
import { Html, html } from './html.ts';

export interface Page {
  readonly title: string;
  readonly style: string;
  /** What stands between `<main>` and its end. */
  readonly main: Html;
  readonly footer: string;
}

/**
 * A page that needs nothing else: no script, no request, for a screen of any width. Its policy lets a browser load nothing and run
 * nothing, whatever text stands in it: only this very style is taken, and pictures that the page brings itself.
 */
export function pageOf({ title, style, main, footer }: Page): string {
  const styleHash = createHash('sha256').update(style).digest('base64');
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${new Html(styleHash)}'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${new Html(style)}</style>
</head>
<body>
<main>
${main}
</main>
<footer>${footer}</footer>
</body>
</html>
`.text;
}

import { type OriginOptions, origin, pageOf, type Site } from './origin.ts';

const page = (head: string, body: string): string =>
  `<!doctype html>\n<html>\n<head>\n<title>ship + prove</title>\n${head}</head>\n<body>${body}</body>\n</html>\n`;

/** Serves `<wanted>d` in every place: right up to its last character, and another build. */
export async function prefixId(wanted: string, options?: OriginOptions): Promise<Site> {
  const site = await origin(options);
  site.deploy(`${wanted}d`);
  return site;
}

/** The wanted id, whole and exact, but only inside an HTML comment; the real marker names `actual`. */
export async function idInComment(wanted: string, actual?: string, options?: OriginOptions): Promise<Site> {
  const comment = `<!-- <meta name="x-build-id" content="${wanted}"> -->\n`;
  return htmlOnly(page(`${comment}${marker(actual)}`, `<!-- ${wanted} -->`), options);
}

/** The wanted id in scripts, a template, an attribute and the text, everywhere but in the marker. */
export async function idInScript(wanted: string, actual?: string, options?: OriginOptions): Promise<Site> {
  const script = `<script>const tag = '<meta name="x-build-id" content="${wanted}">';</script>\n`;
  const template = `<template><meta name="x-build-id" content="${wanted}"></template>`;
  return htmlOnly(
    page(`${script}${marker(actual)}`, `${template}<p data-build="${wanted}">${wanted}</p>`),
    options,
  );
}

/** Status 200 and an error page: what a host answers that keeps its edge up while the application is down. */
export async function errorPage200(options?: OriginOptions): Promise<Site> {
  return htmlOnly(page('', '<h1>Application error</h1><p>We are working on it.</p>'), options);
}

/** A good page behind a status that is not 200. */
export async function errorStatus(status: number, buildId: string, options?: OriginOptions): Promise<Site> {
  const site = await origin(options);
  site.serve('/', { status, body: pageOf(buildId) });
  return site;
}

async function htmlOnly(body: string, options?: OriginOptions): Promise<Site> {
  const site = await origin(options);
  site.serve('/', { body });
  return site;
}

const marker = (buildId: string | undefined): string =>
  buildId === undefined ? '' : `<meta name="x-build-id" content="${buildId}">\n`;

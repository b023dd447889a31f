import type { Setting } from './git-environment.ts';

/**
 * What git is told for one remote store. Keys carry the store's whole URL: the most specific match wins over anything
 * in the user's configuration, and the token reaches that server and that repository alone.
 */
export function transportSettings(url: string, token: string | undefined): Setting[] {
  const settings: Setting[] = [
    // The user's url.<base>.insteadOf would send the ledger elsewhere; the longest match is the URL itself.
    [`url.${url}.insteadOf`, url],
    [`url.${url}.pushInsteadOf`, url],
  ];
  const { protocol } = new URL(url);
  if (protocol === 'ssh:') return settings;
  settings.push([`http.${url}.followRedirects`, 'false']);
  // Plain http is for loopback, and stays there.
  if (protocol === 'http:') settings.push([`http.${url}.proxy`, '']);
  if (token !== undefined) {
    const basic = Buffer.from(`x-access-token:${token}`).toString('base64');
    settings.push(
      // No helper of the user sees or replaces the token.
      ['credential.helper', ''],
      // An empty value clears inherited headers: two Authorization headers are answered with 400.
      [`http.${url}.extraHeader`, ''],
      [`http.${url}.extraHeader`, `Authorization: Basic ${basic}`],
    );
  }
  return settings;
}

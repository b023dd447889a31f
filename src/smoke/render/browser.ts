import { type Chrome, startChrome } from '../../ports/chrome/chrome.ts';
import { findChrome } from '../../ports/chrome/find.ts';
import { ChromeError } from '../../ports/chrome/pipe.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Why there is no browser; a code and what to do. */
export interface NoBrowser {
  readonly code: 'chrome-missing' | 'chrome-failed';
  readonly why: string;
}

/** The one browser of a run: started when it is first needed, and again if it died. */
export interface Browser extends AsyncDisposable {
  get(signal: AbortSignal): Promise<Chrome | NoBrowser>;
  /** It is of no use any more. */
  drop(chrome: Chrome): Promise<void>;
}

export function createBrowser(env: Environment, childEnv: Readonly<Record<string, string>>): Browser {
  let current: Promise<Chrome | NoBrowser> | undefined;
  const isChrome = (got: Chrome | NoBrowser | undefined): got is Chrome =>
    got !== undefined && 'client' in got;
  return {
    get: async (signal) => {
      current ??= start(env, childEnv, signal);
      const asked = current;
      try {
        const got = await asked;
        // One that did not start may start the next time.
        if (!isChrome(got) && current === asked) current = undefined;
        return got;
      } catch (error) {
        if (current === asked) current = undefined;
        throw error;
      }
    },
    drop: async (chrome) => {
      if ((await current?.catch(() => undefined)) === chrome) current = undefined;
      await chrome[Symbol.asyncDispose]();
    },
    [Symbol.asyncDispose]: async () => {
      const got = await current?.catch(() => undefined); // Whoever asked for it was told.
      current = undefined;
      if (isChrome(got)) await got[Symbol.asyncDispose]();
    },
  };
}

async function start(
  env: Environment,
  childEnv: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Chrome | NoBrowser> {
  const found = findChrome(env);
  if ('missing' in found) return { code: 'chrome-missing', why: found.missing };
  try {
    return await startChrome({ path: found.path, env: childEnv, signal });
  } catch (error) {
    if (!(error instanceof ChromeError)) throw error;
    return {
      code: 'chrome-failed',
      why: `${found.path} did not start; try another by CHROME_PATH: ${error.message}`,
    };
  }
}

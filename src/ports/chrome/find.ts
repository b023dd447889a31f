import { accessSync, constants, statSync } from 'node:fs';
import { posix, win32 } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

export type FoundChrome = { readonly path: string } | { readonly missing: string };

const NAMES = [
  'google-chrome',
  'google-chrome-stable',
  'chromium',
  'chromium-browser',
  'chrome',
  'microsoft-edge',
];

/**
 * Finds this machine's own Chrome, Chromium or Edge: `CHROME_PATH` alone where it is set, else the usual names on PATH, else
 * the usual places.
 */
export function findChrome(
  env: Environment,
  platform: NodeJS.Platform = process.platform,
  isProgram: (path: string) => boolean = isExecutable,
): FoundChrome {
  const named = env.CHROME_PATH;
  if (named) {
    if (isProgram(named)) return { path: named };
    return {
      missing:
        'CHROME_PATH names no program that can be run: give the path of Chrome or Chromium, or unset it',
    };
  }
  const path = [...onPath(env, platform), ...usualPlaces(env, platform)].find(isProgram);
  return path === undefined ? { missing: HOW_TO[platform] ?? HOW_TO_ANYWHERE } : { path };
}

const HOW_TO_ANYWHERE =
  'no Chrome or Chromium was found: install one, or name it by CHROME_PATH (GitHub’s own runners have one)';
const HOW_TO: Partial<Record<NodeJS.Platform, string>> = {
  linux: `${HOW_TO_ANYWHERE}; on Debian or Ubuntu: apt-get install chromium`,
  darwin: `${HOW_TO_ANYWHERE}; with Homebrew: brew install --cask google-chrome`,
  win32: `${HOW_TO_ANYWHERE}; with winget: winget install Google.Chrome`,
};

function onPath(env: Environment, platform: NodeJS.Platform): string[] {
  const windows = platform === 'win32';
  const { join, delimiter } = windows ? win32 : posix;
  const path = env.PATH ?? env.Path ?? '';
  const folders = path.split(delimiter).filter((folder) => folder !== '');
  const names = windows ? ['chrome.exe', 'chromium.exe', 'msedge.exe'] : NAMES;
  return names.flatMap((name) => folders.map((folder) => join(folder, name)));
}

function usualPlaces(env: Environment, platform: NodeJS.Platform): string[] {
  if (platform === 'darwin') {
    const apps = ['Google Chrome', 'Chromium', 'Microsoft Edge'];
    return ['', env.HOME ?? ''].flatMap((home) =>
      apps.map((app) => `${home}/Applications/${app}.app/Contents/MacOS/${app}`),
    );
  }
  if (platform === 'win32') {
    const homes = [env.PROGRAMFILES, env['PROGRAMFILES(X86)'], env.LOCALAPPDATA].filter(
      (home) => home !== undefined,
    );
    const programs = ['Google\\Chrome', 'Chromium'].map((name) => `${name}\\Application\\chrome.exe`);
    return homes.flatMap((home) =>
      [...programs, 'Microsoft\\Edge\\Application\\msedge.exe'].map((program) => win32.join(home, program)),
    );
  }
  // An empty PATH is a wish: places that are on everybody's PATH are not looked into behind its back.
  return ['/opt/google/chrome/chrome', '/snap/bin/chromium'];
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false; // Absent and not executable are the same here: it can't be run.
  }
}

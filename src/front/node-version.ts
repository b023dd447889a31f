import { logfmt } from '../proof/encode.ts';
import { errorPage } from '../proof/error-page.ts';

/** The oldest Node.js that has all that is used here, major and minor; `engines` in package.json says the same. */
export const OLDEST_NODE = [22, 19] as const;

/** The line that refuses to run on this Node.js; undefined where it is new enough. Newer syntax or a missing function would look like a fault of ours. */
export function refuseOldNode(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return undefined;
  const event = {
    check: 'error:node-too-old',
    status: 'fail',
    expected: `Node.js ${OLDEST_NODE.join('.')} or newer`,
    observed: version,
    advice:
      'Nothing happened. Install a newer Node.js, or call it by `npx github:org/ship-proof`, which brings one along on Linux and Windows.',
    see: errorPage({ id: 'error:node-too-old', title: 'the Node.js that runs it' }),
  };
  return `ship-proof ${logfmt(event)}\n`;
}

import { createHash } from 'node:crypto';
import type { ChromeClient } from '../../ports/chrome/pipe.ts';
import type { Clock } from '../../ports/clock.ts';
import { openFolder } from '../../ports/fs.ts';

const LIMIT_MS = 5_000;

/**
 * Puts a picture of the page into the folder; the name of its file, or why there is none. It is a help, not a proof: the
 * check goes on without.
 */
export async function photograph(
  page: ChromeClient,
  folder: string,
  title: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<string> {
  const done = new AbortController();
  try {
    const name = screenshotName(title);
    const late = clock.sleep(LIMIT_MS, AbortSignal.any([signal, done.signal])).then(() => {
      throw new Error('it took too long');
    });
    late.catch(() => {}); // It is raced; when the picture is there, nobody waits for it.
    const { data } = await Promise.race([page.send('Page.captureScreenshot', { format: 'png' }), late]);
    await saveScreenshot(folder, name, Buffer.from(data, 'base64'));
    return name;
  } catch (error) {
    return `none: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    done.abort();
  }
}

/** A file name for what a check is called: readable, safe on every system, and another for every other name. */
export function screenshotName(title: string): string {
  const readable = title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60);
  const hash = createHash('sha256').update(title).digest('hex').slice(0, 8);
  return `screenshot-${readable === '' ? '' : `${readable}-`}${hash}.png`;
}

/** Puts it into the folder, over that of an earlier attempt; never through a link. */
export async function saveScreenshot(folder: string, name: string, png: Uint8Array): Promise<void> {
  const out = await openFolder(folder);
  const path = await out.place(name);
  await out.stage(path, png);
  await out.commit(path);
}

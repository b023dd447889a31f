import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { OLDEST_NODE, refuseOldNode } from '../../src/front/node-version.ts';
import { runCli } from '../e2e/run-dist.ts';
import { writeScript } from '../targets/probe.ts';

const MAIN = new URL('../../src/main.ts', import.meta.url).href;

describe('the Node.js that runs it', () => {
  it.each(['22.19.0', '22.21.1', '24.0.0', '100.1.0'])('%s is new enough', (version) => {
    expect(refuseOldNode(version)).toBeUndefined();
  });

  it.each(['22.18.9', '20.20.2', '18.0.0', '4.99.0'])('%s is refused, with what to do', (version) => {
    expect(refuseOldNode(version)).toMatch(
      /^ship-proof check=error:node-too-old .*22\.19.*advice=.*#node-too-old\n$/,
    );
  });

  it('may be as old as the package says', () => {
    const { engines } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(engines.node).toBe(`>=${OLDEST_NODE.join('.')}`);
  });

  it('does nothing on an older one, and says so with exit 2', async () => {
    await using script = await writeScript(`
      import { main } from ${JSON.stringify(MAIN)};
      const versions = { ...process.versions, node: '20.20.2' };
      await main(Object.defineProperty(process, 'versions', { value: versions }));`);
    const run = await runCli(['demo'], { entry: script.file });
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(run.stderr).toMatch(/^ship-proof check=error:node-too-old .*\n$/);
  });
});

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { it, vi } from 'vitest';
import { openWorkshop, until, withFlags } from '../once/workshop.ts';
import { requireOrSkip } from '../targets/requirements.ts';
import { stubborn } from '../targets/stubborn.ts';
import { startCli } from './run-dist.ts';

// The grace of a child that is deaf to SIGTERM has to pass: both wait side by side.
it.concurrent.for(['SIGTERM', 'SIGKILL'] as const)(
  'a %s to ship-proof ends the command of once',
  async (signal, ctx) => {
    using shop = openWorkshop();
    const { expect } = ctx;
    const missing = requireOrSkip(['setsid', 'ps']);
    if (missing) ctx.skip(missing);
    const begun = join(shop.path, 'begun');
    using command = stubborn(
      ['child', 'a session of its own', 'a double fork', 'stopped'],
      `touch "${begun}"; sleep 600; touch "${shop.path}/mark"`,
    );
    const run = await startCli(
      withFlags(['once', '--key', 'k', '--run', command.script], ['--store', shop.store]),
      { cwd: shop.path },
    );
    await until(() => existsSync(begun), 'the command');
    expect(command.alive()).toHaveLength(4);
    run.child.kill(signal);
    expect((await run.done).code).toBe(signal === 'SIGTERM' ? 3 : null);
    await vi.waitFor(() => expect(command.alive()).toEqual([]), { timeout: 20_000, interval: 20 });
    expect(existsSync(join(shop.path, 'mark'))).toBe(false);
  },
);

import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, type TestContext, vi } from 'vitest';
import type { Containment } from '../../src/ports/contain/containment.ts';
import { COMPLETE, permits, startContained, USERS, type User } from '../targets/contained-run.ts';
import { requireOrSkip } from '../targets/requirements.ts';
import { ALL_KINDS, stubborn } from '../targets/stubborn.ts';

/** What this machine has to permit. */
function needs(user: User, containment: Containment, ctx: TestContext): void {
  const missing = requireOrSkip(
    ['setpriv', 'unshare', 'setsid', ...(containment === 'subreaper' ? ['perl'] : [])],
    {
      [`namespaces for ${user}`]: permits.namespaces(user),
    },
  );
  if (missing) ctx.skip(missing);
}

/** Whoever watched over it needs a moment when we were killed. */
const waitFor = (assertion: () => void) => vi.waitFor(assertion, { timeout: 20_000, interval: 20 });

describe.for(COMPLETE)('stubborn descendants of a command of %s in a %s', ([user, containment]) => {
  it('are all dead when a stop returns', async (ctx) => {
    needs(user, containment, ctx);
    using command = stubborn();
    using run = startContained({ user, containment, script: command.script });
    await run.ready;
    expect(command.alive()).toEqual(ALL_KINDS);
    run.child.kill('SIGTERM');
    expect(await run.ended).toEqual({ code: 143, stopped: true, containment });
    expect(command.alive()).toEqual([]);
  });

  it('are all dead when the command has ended by itself, with its own exit code', async (ctx) => {
    needs(user, containment, ctx);
    using command = stubborn(ALL_KINDS, 'exit 5');
    using run = startContained({ user, containment, script: command.script });
    expect(await run.ended).toEqual({ code: 5, stopped: false, containment });
    expect(command.alive()).toEqual([]);
  });

  it('are all killed when we are', async (ctx) => {
    needs(user, containment, ctx);
    using command = stubborn();
    using run = startContained({ user, containment, script: command.script });
    await run.ready;
    run.child.kill('SIGKILL');
    await waitFor(() => expect(command.alive()).toEqual([]));
  });
});

describe.for(USERS)('a plain process group of %s', (user) => {
  /** Those that left the group and cleared the environment that held the mark. */
  const LEFT = ALL_KINDS.filter((kind) => kind.includes('cleared environment'));

  it('kills those in it and those that carry its mark, and leaves the others', async (ctx) => {
    needs(user, 'process-group', ctx);
    using command = stubborn();
    using run = startContained({ user, containment: 'process-group', script: command.script });
    await run.ready;
    run.child.kill('SIGTERM');
    expect(await run.ended).toEqual({ code: 143, stopped: true, containment: 'process-group' });
    expect(command.alive()).toEqual(LEFT);
  });

  it('does so as well when we are killed', async (ctx) => {
    needs(user, 'process-group', ctx);
    using command = stubborn();
    using run = startContained({ user, containment: 'process-group', script: command.script });
    await run.ready;
    run.child.kill('SIGKILL');
    await waitFor(() => expect(command.alive()).toEqual(LEFT));
  });
});

const EVERYWHERE = [...COMPLETE, ...USERS.map((user) => [user, 'process-group'] as const)];

describe.concurrent.for(EVERYWHERE)('a command of %s in a %s', ([user, containment]) => {
  it('leaves no mark that it would have left after the stop', async (ctx) => {
    needs(user, containment, ctx);
    const script = 'echo ready; until [ -e go ]; do sleep 0.02; done; touch mark';
    using run = startContained({ user, containment, script });
    await run.ready;
    run.child.kill('SIGTERM');
    ctx.expect(await run.ended).toMatchObject({ stopped: true, code: 143 });
    // Whoever is left now goes on.
    writeFileSync(join(run.folder, 'go'), '');
    await delay(400);
    ctx.expect(existsSync(join(run.folder, 'mark'))).toBe(false);
  });

  it('may settle what is open within the grace, though the shell around it ends at once', async (ctx) => {
    needs(user, containment, ctx);
    const settling = 'trap "sleep 0.2; touch settled; exit" TERM; echo ready; while :; do sleep 0.05; done';
    const script = `bash -c '${settling}' & wait`;
    using run = startContained({ user, containment, script, graceMs: 20_000 });
    await run.ready;
    run.child.kill('SIGTERM');
    ctx.expect(await run.ended).toMatchObject({ stopped: true });
    ctx.expect(existsSync(join(run.folder, 'settled'))).toBe(true);
  });
});

describe.for(USERS)('a command of %s that may leave something behind', (user) => {
  const server = ['a session of its own', 'a double fork'] as const;
  const start = (script: string) =>
    startContained({ user, containment: 'pid-namespace', leaves: 'may-leave', script });

  it('leaves a server that it started running when it ends by itself', async (ctx) => {
    needs(user, 'process-group', ctx);
    using command = stubborn(server, 'exit 0');
    using run = start(command.script);
    expect(await run.ended).toEqual({ code: 0, stopped: false, containment: 'process-group' });
    expect(command.alive()).toEqual(server);
  });

  it.for(['SIGTERM', 'SIGKILL'] as const)('leaves nothing after our %s', async (signal, ctx) => {
    needs(user, 'process-group', ctx);
    using command = stubborn(server);
    using run = start(command.script);
    await run.ready;
    run.child.kill(signal);
    await run.ended;
    await waitFor(() => expect(command.alive()).toEqual([]));
  });

  it('is our own child', async (ctx) => {
    needs(user, 'process-group', ctx);
    using run = start('kill -s TERM $PPID; echo ready; sleep 600');
    expect(await run.ended).toMatchObject({ stopped: true });
  });
});

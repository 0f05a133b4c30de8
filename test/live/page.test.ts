import { describe, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';
import { startFreshetWith, until, type FreshetProcess } from '../support/freshet-process.ts';
import { addressIn, pageOf, watched } from '../support/served-page.ts';

// Whole processes: a machine that is busy with other tests takes its time over them.
vi.setConfig({ testTimeout: 120_000 });

/** At this pace the recording takes years. */
const standing = ['--functions', 'test/fixtures/meters', '--speed', '0.001'];

const start = (folder: string, ...args: readonly string[]): FreshetProcess =>
  startFreshetWith({ args: ['dev', ...standing, '--state', folder, ...args], env: { CI: '' } });

describe('freshet dev with its page', () => {
  it('is served until Ctrl-C, and ends cleanly while it is looked at', async () => {
    const folder = temporaryFolder();
    const process = start(folder);
    const url = await pageOf(process);
    expect((await fetch(url)).status).toBe(200);
    // The commands that it names are of this pipeline and this state.
    expect(await (await fetch(`${url}/api/meters/letters`)).json()).toEqual({
      letters: [],
      total: 0,
      hasCopies: false,
      redriveCommand: `npx freshet dlq redrive all --functions test/fixtures/meters --state ${folder}`,
    });
    const { rest } = await watched(url, 'meters');
    process.child.kill('SIGINT');
    expect(await process.ended).toBe(0);
    // The stream is closed, and not broken off.
    expect(await rest).toContain('"phase":"stopping"');
    expect(process.written.err).toBe('');
  });

  it('comes back at its address, as another run: a page that was left open sees so', async () => {
    const folder = temporaryFolder();
    const first = start(folder);
    const url = await pageOf(first);
    const { runId } = (await watched(url, 'meters')).hello.state;
    first.child.kill('SIGINT');
    await first.ended;
    const second = start(folder, '--reset');
    expect(await pageOf(second)).toBe(url);
    expect((await watched(url, 'meters')).hello.state.runId).not.toBe(runId);
  });

  it('refuses a second run on the same state, and says by which process', async () => {
    const folder = temporaryFolder();
    const first = start(folder);
    await pageOf(first);
    const second = start(folder);
    expect(await second.ended).toBe(1);
    expect(second.written.err).toContain(`process ${first.child.pid} is using`);
    expect(second.written.err).toContain('stop the other run');
    expect((await fetch(addressIn(first) ?? '')).status).toBe(200);
  });

  it.each([
    ['--no-page', [], { CI: '' }],
    ['CI', [], { CI: 'true' }],
  ])('is left out with %s', async (_, args, env) => {
    const process = startFreshetWith({
      args: [
        'dev',
        ...standing,
        '--state',
        temporaryFolder(),
        ...args,
        ...(env.CI === '' ? ['--no-page'] : []),
      ],
      env,
    });
    await until('the start', () => process.written.out.includes('effects go to'));
    process.child.kill('SIGINT');
    expect(await process.ended).toBe(0);
    expect(addressIn(process)).toBeUndefined();
  });

  it('is refused at a port that is taken, and nothing is left running', async () => {
    const first = start(temporaryFolder());
    const port = new URL(await pageOf(first)).port;
    const second = start(temporaryFolder(), '--page-port', port);
    expect(await second.ended).toBe(1);
    expect(second.written.err).toContain(`--page-port: got ${port} (in use by another program)`);
  });
});

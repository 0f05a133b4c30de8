import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';
import { runFreshet, startFreshet, startFreshetWith, until } from '../support/freshet-process.ts';
import { plainEnvironment } from '../support/plain-environment.ts';
import { closedPort } from '../support/taken-port.ts';
import { noticesIn, settledText } from '../support/settled-text.ts';

// Whole processes: a machine that is busy with other tests takes its time over them.
vi.setConfig({ testTimeout: 60_000 });

const root = fileURLToPath(new URL('../..', import.meta.url));
const faults = join(root, 'test/fixtures/faults');
const again = (file: string, what: string): string => `export { ${what} } from '${faults}/${file}';\n`;

/** The pipeline of the faults in a folder of its own, with other files. */
const faultsWith = (different: Readonly<Record<string, string>>): string =>
  join(
    temporaryFolder({
      'faults/contract.ts': again('contract.ts', 'contract'),
      'faults/features.ts': again('features.ts', 'features, handler'),
      'faults/inference.ts': again('inference.ts', 'inference, handler'),
      'faults/action.ts': again('action.ts', 'action, handler'),
      'faults/recording.ts': again('recording.ts', 'recording'),
      ...different,
    }),
    'faults',
  );

const oneEvent = (): string =>
  temporaryFolder({
    'faults.ndjson': '{"type":"sent","key":"a","at":"2026-01-05T00:00:00Z","fault":"none"}\n',
  });

/** What somebody meets in the first hour, and reads: what, where in their code, what was expected, how to mend it, and a page. */
describe('in the first hour', () => {
  it('an endpoint that is down', async () => {
    const action = `
import { http, post } from '${root}lib/adapters/http.ts';
import { defineAction, param } from '${root}lib/core/stages/action.ts';
import { handle } from '${root}lib/runtime/handle.ts';
import { contract } from './contract.ts';
export const action = defineAction(contract, {
  request: ({ key }) => post('/passed', { key }),
  via: http({ baseUrl: param('DESK_URL'), keyHeader: 'Idempotency-Key' }),
});
export const handler = handle(action);
`;
    const functions = faultsWith({ 'faults/action.ts': action });
    const args = ['--state', temporaryFolder(), '--input', oneEvent(), '--fast', '--once'];
    const env = { DESK_URL: `http://127.0.0.1:${await closedPort()}` };
    const run = startFreshetWith({ args: ['dev', '--functions', functions, ...args], env });
    expect(await run.ended).toBe(0);
    expect(noticesIn(run.written.out)).toMatchSnapshot();
  });

  it('a stage that does not compile', async () => {
    const functions = faultsWith({
      'faults/features.ts': `import { contract } from './contract.ts';\n\nexport const handler = (( => contract;\n`,
    });
    const { code, err } = await runFreshet('dev', '--functions', functions, '--state', temporaryFolder());
    expect(code).toBe(1);
    expect(settledText(err)).toMatchSnapshot();
  });

  it('a contract whose code throws', async () => {
    const functions = faultsWith({
      'faults/contract.ts': `const retention: any = undefined;\nexport const contract = { days: retention.days };\n`,
    });
    const { code, err } = await runFreshet('contract', 'check', '--functions', functions);
    expect(code).toBe(1);
    expect(settledText(err)).toMatchSnapshot();
  });

  it('a disk without room', () => {
    // The limit of a file stands for the disk's end: the system refuses the write in the same place.
    const limited = `trap '' XFSZ; ulimit -f 200; exec "$0" "$@"`;
    const args = [
      'bin/freshet.mjs',
      'dev',
      '--functions',
      'test/fixtures/faults',
      '--state',
      temporaryFolder(),
      '--speed',
      '15000',
    ];
    const { status, stdout, stderr } = spawnSync('bash', ['-c', limited, process.execPath, ...args], {
      cwd: root,
      encoding: 'utf8',
      env: plainEnvironment(),
    });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(settledText(stderr)).toMatchSnapshot();
  });

  it('a worker that is out of memory', async () => {
    const orders = join(root, 'test/fixtures/orders');
    const of = (file: string, what: string): string => `export { ${what} } from '${orders}/${file}';\n`;
    const inference = `
import { defineInference } from '${root}lib/core/stages/inference.ts';
import { handle } from '${root}lib/runtime/handle.ts';
import { contract } from './contract.ts';
const held: number[][] = [];
const infer = () => {
  for (;;) held.push(new Array(100_000).fill(0.5));
};
export const inference = defineInference(contract, {
  model: { id: 'greedy', version: '1', digest: 'd', infer },
  decide: () => ({}) as never,
});
export const handler = handle(inference);
`;
    const folder = temporaryFolder({
      'orders/contract.ts': of('contract.ts', 'contract'),
      'orders/features.ts': of('features.ts', 'features, handler'),
      'orders/action.ts': of('action.ts', 'action, handler'),
      'orders/recording.ts': of('recording.ts', 'recording'),
      'orders/inference.ts': inference,
    });
    const args = ['--functions', join(folder, 'orders'), '--state', temporaryFolder(), '--fast'];
    const run = startFreshet('dev', ...args);
    // It would be delivered again and again: what is told of the first is enough.
    await until(
      'the end of a worker',
      () => run.written.out.includes('#out-of-memory\n'),
      () => run.written.err,
    );
    run.child.kill('SIGKILL');
    await run.ended;
    const [told] =
      noticesIn(run.written.out).match(/^inference: an invocation(?:.|\n)*?#out-of-memory$/m) ?? [];
    expect(told).toMatchSnapshot();
  });
});

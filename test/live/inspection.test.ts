import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { bundle as bundleOf } from '../../lib/build/bundle.ts';
import type { InvocationResult } from '../../lib/local/event-source/function-host.ts';
import { Inspection } from '../../lib/local/inspect/inspection.ts';
import { WorkerFunction } from '../../lib/local/worker-function.ts';
import { Debugger } from '../support/debugger.ts';
import { temporaryFolder } from '../support/folder.ts';
import { until } from '../support/freshet-process.ts';
import { takenPort } from '../support/taken-port.ts';

const handlers = fileURLToPath(new URL('../support/handlers/', import.meta.url));
const bundle = join(handlers, 'stands.mjs');
const endless = join(handlers, 'stands-without-end.mjs');
const event = { eventSource: 'SelfManagedKafka', bootstrapServers: 'here', records: {} } as const;
/** Where the answer is returned. */
const breakpoint = 4;
const timeoutMs = 1_000;

const inspected = async ({
  port = 0,
  file = bundle,
}: {
  readonly port?: number;
  readonly file?: string;
} = {}): Promise<{
  readonly inspection: Inspection;
  readonly host: WorkerFunction;
  /** Where it is open for the n-th time. */
  readonly opened: (nth: number) => Promise<string>;
  /** Whether it was said to wait, each time that it was open. */
  readonly awaited: readonly boolean[];
  /** The first line that it writes to standard error. */
  readonly lines: { readonly next: Promise<string> };
}> => {
  const urls: PromiseWithResolvers<string>[] = [1, 2].map(() => Promise.withResolvers<string>());
  const awaited: boolean[] = [];
  const said = Promise.withResolvers<string>();
  const inspection = new Inspection({
    stage: 'features',
    port,
    onOpened: (url, isAwaited) => {
      urls[awaited.length]?.resolve(url);
      awaited.push(isAwaited);
    },
  });
  const host = new WorkerFunction({
    bundle: file,
    functionName: 'features',
    functionArn: 'arn:aws:lambda:local:000000000000:function:features',
    env: {},
    memoryMb: 64,
    initTimeoutMs: 30_000,
    concurrency: 1,
    onLine: ({ line }) => said.resolve(line),
    inspection,
    isInspected: true,
  });
  onTestFinished(async () => {
    await host.stop();
    await inspection.close();
  });
  host.warm();
  return {
    inspection,
    host,
    opened: async (nth) => urls[nth - 1]?.promise ?? '',
    awaited,
    lines: { next: said.promise },
  };
};

it('time stands still at a breakpoint, for the host and for all that the handler reads and waits for', async () => {
  const { inspection, host, opened } = await inspected();
  const url = await opened(1);
  // Chrome and VS Code are given a port, and ask there.
  const listed = (await (await fetch(`http://${new URL(url).host}/json/list`)).json()) as readonly unknown[];
  expect(listed).toMatchObject([{ webSocketDebuggerUrl: url }]);
  const debug = await Debugger.attach(url);
  await debug.breakAt(pathToFileURL(bundle).href, breakpoint);
  await debug.letRun();
  const invoked = host.invoke(event, { requestId: 'request-1', timeoutMs });
  const standing = await debug.stands();
  expect(await standing.value('brokers')).toBe('here');
  // The time is stopped a moment later, and then for as long as it takes.
  await pause(2.5 * timeoutMs);
  const stopped = inspection.clock.now();
  await pause(100);
  expect(inspection.clock).toMatchObject({ isStanding: true });
  expect(inspection.clock.now()).toBe(stopped);
  await debug.resume();
  const result = await invoked;
  expect(result).toMatchObject({
    kind: 'returned',
    response: { answer: 'answered here', hasTimedOut: false },
  });
});

it('a function on one line stands where it is called, and not where it was made', async () => {
  const root = temporaryFolder({
    'package.json': '{"type":"module"}',
    'stage.ts': `const stage = {
  emit: ({ bootstrapServers }: { bootstrapServers: string }) => String(bootstrapServers),
};
export const handler = async (event: { bootstrapServers: string }) => stage.emit(event);
`,
  });
  const source = join(root, 'stage.ts');
  const { files } = await bundleOf({
    root,
    name: 'features',
    entry: { file: source },
    form: 'debuggable',
    plugins: () => [],
    madeOf: 'this test',
    isKept: false,
  });
  for (const { name, text } of files) writeFileSync(join(root, name), text);
  const { host, opened } = await inspected({ file: join(root, 'index.mjs') });
  const debug = await Debugger.attach(await opened(1));
  await debug.breakAt(pathToFileURL(source).href, 2);
  await debug.letRun();
  const invoked = host.invoke(event, { requestId: 'request-1', timeoutMs });
  const standing = await debug.stands();
  expect(standing).toMatchObject({ file: pathToFileURL(source).href, line: 2 });
  expect(await standing.value('bootstrapServers')).toBe('here');
  debug.close();
  expect(await invoked).toMatchObject({ kind: 'returned', response: 'here' });
});

it('another bundle is open to a debugger when it has taken over, and not before', async () => {
  const { host, opened } = await inspected();
  await opened(1);
  const replaced = await host.replace(bundle);
  expect(replaced).toMatchObject({ kind: 'replaced' });
  const debug = await Debugger.attach(await opened(2));
  await debug.breakAt(pathToFileURL(bundle).href, breakpoint);
  await debug.letRun();
  const invoked = host.invoke(event, { requestId: 'request-1', timeoutMs });
  await debug.stands();
  debug.close();
  expect(await invoked).toMatchObject({ kind: 'returned' });
});

it('a port that is taken is told, with what to do', async () => {
  const { inspection, lines, opened } = await inspected({ port: await takenPort() });
  await expect(Promise.race([opened(1), lines.next])).resolves.toMatch(
    /^got port \d+ for the debugger, which is in use; .*--inspect features=<another port>/,
  );
  await inspection.ready;
});

it('all waits for the first debugger, and for no other', async () => {
  const { inspection, host, opened, awaited } = await inspected();
  const debug = await Debugger.attach(await opened(1));
  // It has not set its breakpoints.
  const stopped = inspection.clock.now();
  const invoked = host.invoke(event, { requestId: 'request-1', timeoutMs });
  await pause(1.5 * timeoutMs);
  expect(inspection).toMatchObject({ isAwaited: true, clock: { isStanding: true } });
  expect(inspection.clock.now()).toBe(stopped);
  await debug.letRun();
  await inspection.ready;
  expect(await invoked).toMatchObject({ kind: 'returned', response: { hasTimedOut: false } });
  debug.close();
  expect(await host.replace(bundle)).toMatchObject({ kind: 'replaced' });
  await opened(2);
  expect(awaited).toEqual([true, false]);
  const again = host.invoke(event, { requestId: 'request-2', timeoutMs });
  expect(await again).toMatchObject({ kind: 'returned' });
});

it('a worker that waits can be killed: the next one waits in its place', async () => {
  const { host, opened, awaited } = await inspected();
  await opened(1);
  await until('the start', () => host.count.alive === 1);
  await host.killOne();
  await opened(2);
  expect(awaited).toEqual([true, true]);
});

it('what waits goes on when nobody is waited for any more', async () => {
  const { inspection, host, opened } = await inspected();
  await opened(1);
  const invoked = host.invoke(event, { requestId: 'request-1', timeoutMs });
  inspection.awaitNobody();
  expect(await invoked).toMatchObject({ kind: 'returned', response: { hasTimedOut: false } });
});

it('nobody is waited for where the function does not start', async () => {
  const broken = temporaryFolder({ 'index.mjs': `throw new Error('no model here');` });
  const { inspection } = await inspected({ file: join(broken, 'index.mjs') });
  await inspection.ready;
  expect(inspection.isAwaited).toBe(false);
});

/** An invocation that stands at a breakpoint. */
const standing = async (
  file = bundle,
): Promise<{
  readonly host: WorkerFunction;
  readonly debug: Debugger;
  readonly invoked: Promise<InvocationResult>;
}> => {
  const { host, inspection, opened } = await inspected({ file });
  const debug = await Debugger.attach(await opened(1));
  await debug.breakAt(pathToFileURL(file).href, breakpoint);
  await debug.letRun();
  const invoked = host.invoke(event, { requestId: 'request-1', timeoutMs: 20_000 });
  await debug.stands();
  await until('the time to stand', () => inspection.clock.isStanding);
  return { host, debug, invoked };
};

it('a debugger that goes leaves nothing standing', async () => {
  const { debug, invoked } = await standing();
  debug.close();
  expect(await invoked).toMatchObject({ kind: 'returned', response: { answer: 'answered here' } });
});

it('a function that stands can be stopped', async () => {
  // It has no end to come to when it is sent on from its breakpoint, before it is stopped.
  const { host, invoked } = await standing(endless);
  await host.stop();
  expect(await invoked).toMatchObject({ kind: 'error' });
  expect(host.count.alive).toBe(0);
});

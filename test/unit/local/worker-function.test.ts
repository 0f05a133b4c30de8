import { fileURLToPath } from 'node:url';
import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { KafkaEvent } from '../../../lib/runtime/kafka-event.ts';
import type { FunctionLine } from '../../../lib/local/function-environment.ts';
import { WorkerFunction, type WorkerFunctionOptions } from '../../../lib/local/worker-function.ts';

const started: WorkerFunction[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((host) => host.stop()));
});

const functionOf = (
  name: string,
  more: Partial<WorkerFunctionOptions> = {},
): { readonly host: WorkerFunction; readonly lines: FunctionLine[] } => {
  const lines: FunctionLine[] = [];
  const host = new WorkerFunction({
    bundle: fileURLToPath(new URL(`../../support/handlers/${name}.mjs`, import.meta.url)),
    functionName: 'billing',
    functionArn: 'arn:aws:lambda:local:000000000000:function:billing',
    env: { WARNINGS_URL: 'http://localhost' },
    memoryMb: 128,
    initTimeoutMs: 10_000,
    concurrency: 1,
    onLine: (line) => lines.push(line),
    ...more,
  });
  started.push(host);
  return { host, lines };
};

/** The fixtures take their instructions from the brokers' names. */
const event = (bootstrapServers = 'localhost:9092'): KafkaEvent => ({
  eventSource: 'SelfManagedKafka',
  bootstrapServers,
  records: {},
});
const request = { requestId: 'request-1', timeoutMs: 10_000 };

describe('a function in a worker thread', () => {
  it('gets the event and a context as in Lambda, and only the environment it is given', async () => {
    const { host } = functionOf('echo');
    expect(await host.invoke(event(), request)).toEqual({
      kind: 'returned',
      response: {
        event: event(),
        rank: 1,
        context: {
          awsRequestId: 'request-1',
          functionName: 'billing',
          functionVersion: '$LATEST',
          invokedFunctionArn: 'arn:aws:lambda:local:000000000000:function:billing',
          memoryLimitInMB: '128',
          logGroupName: '/aws/lambda/billing',
          logStreamName: expect.stringMatching(/^local\/\[\$LATEST\]/),
          callbackWaitsForEmptyEventLoop: true,
        },
        remainingMs: expect.toSatisfy((ms: number) => ms > 0 && ms <= 10_000),
        env: {
          WARNINGS_URL: 'http://localhost',
          AWS_LAMBDA_FUNCTION_NAME: 'billing',
          AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
          AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
          AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/billing',
          AWS_LAMBDA_LOG_STREAM_NAME: expect.any(String),
        },
      },
    });
  });

  it('stays warm', async () => {
    const { host } = functionOf('echo');
    await host.invoke(event(), request);
    expect(await host.invoke(event(), request)).toMatchObject({ response: { rank: 2 } });
  });

  it('has as many environments as its concurrency, each for one invocation at a time, and throttles above', async () => {
    const { host } = functionOf('echo', { concurrency: 2 });
    const results = await Promise.all([1, 2, 3].map(() => host.invoke(event(), request)));
    expect(results).toMatchObject([
      { kind: 'returned', response: { rank: 1 } },
      { kind: 'returned', response: { rank: 1 } },
      { kind: 'throttled' },
    ]);
    expect(await host.invoke(event(), request)).toMatchObject({ response: { rank: 2 } });
  });

  it('sees its remaining time fall', async () => {
    const result = await functionOf('slow').host.invoke(event(), request);
    expect(result.kind).toBe('returned');
    const { before, after } = (result as { response: { before: number; after: number } }).response;
    expect(before).toBeLessThanOrEqual(10_000);
    expect(after).toBeLessThanOrEqual(before - 20);
  });

  it('that throws is an error, and stays warm', async () => {
    const { host } = functionOf('throws');
    const error = {
      kind: 'error',
      phase: 'invoke',
      errorType: 'RangeError',
      message: 'there is no such flight',
      code: 'RangeError',
      at: expect.stringMatching(/^[^:]*throws[^:]*:\d+:\d+$/) as string,
    };
    expect(await host.invoke(event(), request)).toEqual(error);
    expect(await host.invoke(event(), request)).toEqual(error);
  });

  it('answers as JSON carries it', async () => {
    const { host } = functionOf('answers');
    expect(await host.invoke(event('nothing'), request)).toEqual({ kind: 'returned', response: null });
    expect(await host.invoke(event('members'), request)).toEqual({
      kind: 'returned',
      response: { kept: 1, at: '1970-01-01T00:00:00.000Z' },
    });
    expect(await host.invoke(event('circle'), request)).toMatchObject({
      kind: 'error',
      errorType: 'TypeError',
    });
  });
});

describe('a timeout', () => {
  // A thread that never yields takes what it wrote with it.
  it.each([
    ['busy', []],
    ['waiting', [{ stream: 'stdout', line: 'about to hang' }]],
  ])('kills a function that is %s, and the next invocation is cold', async (how, written) => {
    const { host, lines } = functionOf('hangs');
    expect(await host.invoke(event(how), { requestId: 'request-1', timeoutMs: 200 })).toEqual({
      kind: 'timeout',
      afterMs: 200,
    });
    expect(await host.invoke({ ...event(), eventSource: 'aws:kafka' }, request)).toEqual({
      kind: 'returned',
      response: 'answered',
    });
    expect(lines).toEqual(expect.arrayContaining(written));
  });

  it('does not count the cold start', async () => {
    const { host } = functionOf('echo');
    expect(await host.invoke(event(), { requestId: 'request-1', timeoutMs: 1_000 })).toMatchObject({
      response: { remainingMs: expect.toSatisfy((ms: number) => ms > 900) },
    });
  });
});

describe('a function that dies', () => {
  it.each([
    ['exit', /exit code 3/],
    ['outside', /thrown outside of the handler/],
    ['rejection', /nobody waited for it/],
    ['memory', /memory/],
  ])('by %s is an error, and the next invocation is cold', async (how, message) => {
    const { host } = functionOf('dies', { memoryMb: 32 });
    expect(await host.invoke(event(how), request)).toMatchObject({
      kind: 'error',
      phase: 'invoke',
      message: expect.stringMatching(message),
    });
    expect(await host.invoke(event('later'), request)).toEqual({ kind: 'returned', response: 'answered' });
  });

  it('between two invocations is replaced, or costs one at most', async () => {
    const { host } = functionOf('dies');
    await host.invoke(event('later'), request);
    const deaths = new Set<string>();
    for (let invocation = 0; invocation < 20; invocation += 1)
      deaths.add((await host.invoke(event('later'), request)).kind);
    expect([...deaths].filter((kind) => kind !== 'returned' && kind !== 'error')).toEqual([]);
  });
});

describe('output', () => {
  it('is passed on line by line, and is there before the answer', async () => {
    const { host, lines } = functionOf('writes');
    await host.invoke(event(), request);
    expect(lines.filter(({ stream }) => stream === 'stdout').map(({ line }) => line)).toEqual([
      'loaded',
      'one',
      'two',
      'half, {"metric":"ü\u2028"}',
      'x'.repeat(200_000),
    ]);
    expect(lines.filter(({ stream }) => stream === 'stderr')).toEqual([
      { stream: 'stderr', line: 'a warning' },
    ]);
    await host.stop();
    expect(lines.at(-1)).toEqual({ stream: 'stdout', line: 'no end' });
  });
});

describe('a cold start', () => {
  it.each([
    ['misconfigured', 'ConfigError', /FRESHET_RESPONSE: got nothing; expected partial or throw/],
    ['no-handler', 'TypeError', /exports no function named handler/],
    ['not-there', 'Error', /not-there/],
  ])(
    'that fails (%s) is an error of the init phase, at every invocation',
    async (name, errorType, message) => {
      const { host } = functionOf(name);
      for (let invocation = 0; invocation < 2; invocation += 1)
        expect(await host.invoke(event(), request)).toMatchObject({
          kind: 'error',
          phase: 'init',
          errorType,
          message: expect.stringMatching(message),
        });
    },
  );

  it('that takes too long is one too', async () => {
    const { host } = functionOf('never-loads', { initTimeoutMs: 100 });
    expect(await host.invoke(event(), request)).toMatchObject({
      kind: 'error',
      phase: 'init',
      errorType: 'Sandbox.Timedout',
    });
  });
});

describe('another bundle', () => {
  const bundleOf = (name: string): string =>
    fileURLToPath(new URL(`../../support/handlers/${name}.mjs`, import.meta.url));

  it('runs from the next invocation on; what is under way ends on the former code', async () => {
    const { host } = functionOf('slow');
    const running = host.invoke(event(), request);
    const replaced = await host.replace(bundleOf('answers'));
    const next = host.invoke(event('members'), request);
    expect(await running).toMatchObject({ kind: 'returned', response: { before: expect.any(Number) } });
    // Of one environment at a time, the former one was the one.
    const answered =
      (await next).kind === 'throttled' ? await host.invoke(event('members'), request) : await next;
    expect(answered).toMatchObject({ kind: 'returned', response: { kept: 1 } });
    expect(replaced.kind).toBe('replaced');
    if (replaced.kind === 'replaced') await replaced.ended;
  });

  it('that does not start replaces nothing', async () => {
    const { host } = functionOf('echo');
    await host.invoke(event(), request);
    expect(await host.replace(bundleOf('no-handler'))).toMatchObject({
      kind: 'failed',
      why: expect.stringContaining('exports no function named handler'),
    });
    expect(await host.invoke(event(), request)).toMatchObject({ response: { rank: 2 } });
  });
});

describe('a stopped function', () => {
  it('ends what runs in it, and runs nothing more', async () => {
    const { host } = functionOf('hangs');
    const running = host.invoke(event('waiting'), request);
    await host.stop();
    expect(await running).toMatchObject({ kind: 'error' });
    expect(await host.invoke(event(), request)).toEqual({ kind: 'throttled' });
  });
});

describe('a worker that is killed', () => {
  it('ends its invocation with an error, and the next one has another', async () => {
    const { host } = functionOf('hangs');
    const hanging = host.invoke(event(), request);
    const what: string[] = [];
    // It can be killed from the moment on that it has started.
    while (what.at(-1) !== 'busy') {
      what.push(await host.killOne());
      await setImmediate();
    }
    expect(new Set(what.slice(0, -1))).toEqual(new Set(what.length > 1 ? ['none'] : []));
    expect(await hanging).toMatchObject({ kind: 'error', phase: 'invoke', errorType: 'Runtime.ExitError' });
    expect(host.count).toEqual({ alive: 0, ended: 1 });
  });

  it('is one that has nothing to do where none is at work', async () => {
    const { host } = functionOf('echo');
    expect(await host.killOne()).toBe('none');
    await host.invoke(event(), request);
    expect(host.count).toEqual({ alive: 1, ended: 0 });
    expect(await host.killOne()).toBe('idle');
    expect(host.count).toEqual({ alive: 0, ended: 1 });
    expect(await host.invoke(event(), request)).toMatchObject({ kind: 'returned' });
    expect(host.count).toEqual({ alive: 1, ended: 1 });
  });
});

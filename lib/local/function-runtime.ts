/** The inside of an execution environment: runs in a worker thread, loads the bundle, and answers invocations. */
import inspector from 'node:inspector';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { hangIn } from '../runtime/local-hooks.ts';
import type { EnvironmentAnswer, EnvironmentData, EnvironmentRequest } from './function-protocol.ts';
import { standWith } from './inspect/standing-globals.ts';
import { StandstillClock } from './inspect/standstill-clock.ts';
import { thrownError } from './thrown-error.ts';
import { thrownInside } from './thrown-inside.ts';

type Invoke = Extract<EnvironmentRequest, { kind: 'invoke' }>;
type Handler = (event: unknown, context: object) => unknown;

const data = workerData as EnvironmentData;
const folder = dirname(data.bundle);

const beatEveryMs = 25;

const beat = (memory: SharedArrayBuffer): void => {
  const cell = new Int32Array(memory);
  setInterval(() => Atomics.add(cell, 0, 1), beatEveryMs).unref();
};

const contextOf = ({ requestId, timeoutMs }: Invoke): object => {
  const deadline = Date.now() + timeoutMs;
  return {
    awsRequestId: requestId,
    functionName: data.functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: data.functionArn,
    memoryLimitInMB: String(data.memoryMb),
    logGroupName: `/aws/lambda/${data.functionName}`,
    logStreamName: data.logStream,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
};

/** Output takes another way to the parent than answers do: it has to be there first. */
const flush = async (stream: NodeJS.WriteStream): Promise<void> => {
  if (stream.writableLength === 0) return;
  await new Promise<void>((resolve) => {
    stream.write('', () => resolve());
  });
};

const answer = async (message: EnvironmentAnswer): Promise<void> => {
  await Promise.all([flush(process.stdout), flush(process.stderr)]);
  parentPort?.postMessage(message);
};

const run = async (handler: Handler, invoke: Invoke): Promise<EnvironmentAnswer> => {
  const { requestId, event } = invoke;
  try {
    const returned: unknown = await handler(event, contextOf(invoke));
    // Lambda's answer is JSON: what JSON cannot hold does not come through here either.
    const response = JSON.parse(JSON.stringify(returned) ?? 'null') as unknown;
    return { kind: 'returned', requestId, response };
  } catch (thrown) {
    return { kind: 'threw', requestId, error: thrownError(thrown, folder) };
  }
};

/** In one go: a debugger that let it run between the opening and the waiting would be waited for without end. */
const inspect = ({ port, isAwaited }: Extract<EnvironmentRequest, { kind: 'inspect' }>): void => {
  const tell = (message: EnvironmentAnswer): void => parentPort?.postMessage(message);
  inspector.open(port, '127.0.0.1');
  const url = inspector.url() ?? null;
  tell({ kind: 'inspecting', url, isAwaited });
  if (!isAwaited || url === null) return;
  inspector.waitForDebugger();
  tell({ kind: 'inspected' });
};

/** In milliseconds; changes whenever whoever watches the run says so. */
const modelDelayMs = (): number => (data.modelDelay === undefined ? 0 : Atomics.load(data.modelDelay, 0));

const load = async (): Promise<Handler> => {
  hangIn({
    modelDelayMs,
    threw: (thrown) => data.thrown?.postMessage(thrownInside(thrown, folder)),
  });
  const loaded = (await import(pathToFileURL(data.bundle).href)) as { readonly handler?: unknown };
  if (typeof loaded.handler !== 'function')
    throw new TypeError(`${data.bundle} exports no function named handler, as a stage's bundle must`);
  return loaded.handler as Handler;
};

if (data.beat !== undefined) beat(data.beat);
if (data.clockMemory !== undefined) standWith(new StandstillClock(data.clockMemory));

try {
  const handler = await load();
  parentPort?.on('message', (request: EnvironmentRequest) => {
    switch (request.kind) {
      case 'inspect':
        inspect(request);
        return;
      case 'stop':
        // It may have been opened after the debugger was sent away; a thread that is open to one would wait for it.
        if (data.beat !== undefined) inspector.close();
        parentPort?.close();
        return;
      case 'invoke':
        void run(handler, request).then(answer);
        return;
    }
  });
  await answer({ kind: 'ready' });
} catch (thrown) {
  await answer({ kind: 'init-failed', error: thrownError(thrown, folder) });
}

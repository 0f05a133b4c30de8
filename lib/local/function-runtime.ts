/** The inside of an execution environment: runs in a worker thread, loads the bundle, and answers invocations. */
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import type { EnvironmentAnswer, EnvironmentData, EnvironmentRequest } from './function-protocol.ts';
import { thrownError } from './thrown-error.ts';

type Invoke = Extract<EnvironmentRequest, { kind: 'invoke' }>;
type Handler = (event: unknown, context: object) => unknown;

const data = workerData as EnvironmentData;

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
    return { kind: 'threw', requestId, error: thrownError(thrown) };
  }
};

const load = async (): Promise<Handler> => {
  const loaded = (await import(pathToFileURL(data.bundle).href)) as { readonly handler?: unknown };
  if (typeof loaded.handler !== 'function')
    throw new TypeError(`${data.bundle} exports no function named handler, as a stage's bundle must`);
  return loaded.handler as Handler;
};

try {
  const handler = await load();
  parentPort?.on('message', (request: EnvironmentRequest) => {
    if (request.kind === 'stop') parentPort?.close();
    else void run(handler, request).then(answer);
  });
  await answer({ kind: 'ready' });
} catch (thrown) {
  await answer({ kind: 'init-failed', error: thrownError(thrown) });
}

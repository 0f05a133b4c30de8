import { existsSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import type { PipelineFolder } from '../build/discover.ts';
import { ConfigError, messageOf } from '../core/errors.ts';
import type { LocalModel } from '../core/local-model.ts';
import { createServer } from './http-server.ts';

/** A model that answers on this machine, and the variables that tell the stages where; none where the pipeline brings none. */
export interface ServedModel {
  readonly variables: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

const isLocalModel = (value: unknown): value is LocalModel =>
  typeof value === 'object' &&
  value !== null &&
  'param' in value &&
  typeof value.param === 'string' &&
  'answer' in value &&
  typeof value.answer === 'function';

const invalid = (file: string, got: string, cause?: unknown): ConfigError =>
  new ConfigError('PIPELINE_INVALID', {
    message: 'the model cannot be stood in for:',
    problems: [
      {
        path: file,
        got,
        expected: 'an export named `localModel`, with `param` and `answer`',
        fix: 'write `export const localModel: LocalModel = { param: …, answer: (request) => … }`, or delete the file',
      },
    ],
    cause,
  });

const loadModel = async (file: string): Promise<LocalModel> => {
  const loaded = (await import(pathToFileURL(file).href).catch((thrown: unknown) => {
    throw invalid(file, messageOf(thrown), thrown);
  })) as Readonly<Record<string, unknown>>;
  if (isLocalModel(loaded['localModel'])) return loaded['localModel'];
  throw invalid(file, `exports of ${Object.keys(loaded).join(', ') || 'nothing'}`);
};

const answerTo = async (
  request: IncomingMessage,
  { answer }: LocalModel,
): Promise<{ readonly status: number; readonly body: unknown }> => {
  const body = await text(request);
  try {
    return { status: 200, body: answer(JSON.parse(body)) };
  } catch (thrown) {
    return { status: 500, body: { error: messageOf(thrown) } };
  }
};

/**
 * Serves local-model.ts of a pipeline, where it has one and `variables` do not name a model already.
 *
 * @throws {ConfigError} `PIPELINE_INVALID` where the file exports none
 */
export const serveLocalModel = async (
  { folder }: Pick<PipelineFolder, 'folder'>,
  variables: Readonly<Record<string, string | undefined>>,
): Promise<ServedModel> => {
  const file = join(folder, 'local-model.ts');
  if (!existsSync(file)) return { variables: {}, close: async () => {} };
  const model = await loadModel(file);
  const named = variables[model.param];
  if (named !== undefined && named !== '')
    return { variables: { [model.param]: named }, close: async () => {} };
  const server = createServer((request, response) => {
    void answerTo(request, model).then(({ status, body }) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
    );
  });
  // Connections are kept by the stages: one closed while idle would meet the next request half way.
  server.keepAliveTimeout = 0;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  return {
    variables: { [model.param]: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
    close: async () => {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      server.closeAllConnections();
      await closed.promise;
    },
  };
};

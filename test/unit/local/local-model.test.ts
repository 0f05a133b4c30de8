import { describe, expect, it, onTestFinished } from 'vitest';
import { serveLocalModel, type ServedModel } from '../../../lib/local/local-model.ts';
import { temporaryFolder } from '../../support/folder.ts';

const served = async (
  source: string | undefined,
  variables: Readonly<Record<string, string>> = {},
): Promise<ServedModel> => {
  const folder = temporaryFolder(source === undefined ? {} : { 'local-model.ts': source });
  const model = await serveLocalModel({ folder }, variables);
  onTestFinished(() => model.close());
  return model;
};

const doubling = `export const localModel = {
  param: 'MODEL_URL',
  answer: (request) => {
    if (request.n === 13) throw new Error('not thirteen');
    return { score: request.n * 2 };
  },
};`;

const answerTo = async (url: string | undefined, body: string): Promise<readonly [number, unknown]> => {
  const response = await fetch(url ?? '', { method: 'POST', body });
  return [response.status, await response.json()];
};

describe('the stand-in of a hosted model', () => {
  it('answers over HTTP at the address that its variable names', async () => {
    const { variables } = await served(doubling);
    expect(Object.keys(variables)).toEqual(['MODEL_URL']);
    expect(variables['MODEL_URL']).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(await answerTo(variables['MODEL_URL'], '{"n":2}')).toEqual([200, { score: 4 }]);
  });

  it('fails as a model does where it throws, or where the request is no JSON', async () => {
    const { variables } = await served(doubling);
    expect(await answerTo(variables['MODEL_URL'], '{"n":13}')).toEqual([500, { error: 'not thirteen' }]);
    expect((await answerTo(variables['MODEL_URL'], 'hello'))[0]).toBe(500);
  });

  it('is gone once it is closed', async () => {
    const model = await served(doubling);
    await model.close();
    await expect(answerTo(model.variables['MODEL_URL'], '{}')).rejects.toThrow('fetch failed');
  });

  it('gives way to an address that somebody has set', async () => {
    const model = 'https://models.example.com/mine';
    expect((await served(doubling, { MODEL_URL: model })).variables).toEqual({ MODEL_URL: model });
    expect((await served(doubling, { MODEL_URL: '' })).variables['MODEL_URL']).toMatch(/127\.0\.0\.1/);
  });

  it('is none where the pipeline brings none', async () => {
    expect((await served(undefined)).variables).toEqual({});
  });

  it.each([
    [
      'no export of that name',
      'export const model = 1;',
      'got exports of model; expected an export named `localModel`',
    ],
    [
      'one without an answer',
      "export const localModel = { param: 'MODEL_URL' };",
      'got exports of localModel',
    ],
    ['a file that does not load', "throw new Error('broken');", 'got broken'],
  ])('is refused: %s', async (_, source, message) => {
    await expect(served(source)).rejects.toThrow(message);
  });
});

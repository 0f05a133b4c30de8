import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { buildInThread } from '../../../lib/build/build-in-thread.ts';
import { ConfigError } from '../../../lib/core/errors.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { tinyContract } from '../../support/tiny-contract.ts';

const projectWith = (contract: string): string =>
  temporaryFolder({
    'functions/tiny/contract.ts': contract,
    ...Object.fromEntries(
      ['features', 'inference', 'action'].map((name) => [
        `functions/tiny/${name}.ts`,
        `export const handler = (): string => '${name}';\n`,
      ]),
    ),
  });

const contractOf = (pipeline: string): string =>
  `export const contract = ${JSON.stringify({ resolved: tinyContract({ pipeline, context: {} }) })};\n`;

const failureOf = async (building: Promise<unknown>): Promise<unknown> =>
  building.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );

describe('buildInThread', () => {
  it('answers with every pipeline of the project, and their bundles are there', async () => {
    const root = projectWith(contractOf('tiny'));
    const [built] = await buildInThread({ root, outFolder: 'out' });
    expect(built?.contract).toEqual(tinyContract({ pipeline: 'tiny', context: {} }));
    expect(built?.stages.map(({ name, file }) => [name, existsSync(file)])).toEqual([
      ['features', true],
      ['inference', true],
      ['action', true],
    ]);
  });

  it.each([
    ['a project that is wrong', contractOf('other'), 'PIPELINE_INVALID', /'other'[\s\S]*'tiny'/],
    ['a contract that ends the process', 'process.exit(3);', 'BUILD_FAILED', /code 3[\s\S]*process\.exit/],
  ])('tells of %s, also to one who awaits it late', async (_, contract, code, message) => {
    const order = { root: projectWith(contract), outFolder: 'out' };
    const first = buildInThread(order);
    // By then the first is over, and nobody was told of it.
    const second = await failureOf(buildInThread(order));
    for (const failure of [await failureOf(first), second]) {
      expect(failure).toBeInstanceOf(ConfigError);
      expect(failure).toMatchObject({ code, message: expect.stringMatching(message) });
    }
  });
});

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { buildPipeline, type BuiltPipeline } from '../../../lib/build/build-pipeline.ts';
import { engineModule } from '../../../lib/build/engine.ts';
import { ConfigError } from '../../../lib/core/errors.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { tinyContract } from '../../support/tiny-contract.ts';

const contractFile = (pipeline = 'tiny'): string =>
  `export const contract = ${JSON.stringify({ resolved: tinyContract({ pipeline, context: {} }) })};\n`;
const stage = (name: string): string =>
  `export const handler = (event: { readonly n: number }): string => \`${name} \${event.n}\`;\n`;

const pipelineFiles = (
  different: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> => {
  const files = {
    'contract.ts': contractFile(),
    'features.ts': stage('features'),
    'inference.ts': stage('inference'),
    'action.ts': stage('action'),
    ...different,
  };
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [`functions/tiny/${path}`, text]));
};

const buildIn = (root: string, outFolder = 'out'): Promise<BuiltPipeline> =>
  buildPipeline({ root, pipelineFolder: 'functions/tiny', outFolder });

const stageOf = ({ stages }: BuiltPipeline, name: string): BuiltPipeline['stages'][number] => {
  const found = stages.find((candidate) => candidate.name === name);
  if (!found) throw new Error(`a stage ${name}, got ${stages.map((each) => each.name).join(', ')}`);
  return found;
};

/** Loaded by Node itself, as Lambda would. */
const handlerOf = (file: string): ((event: object) => unknown) =>
  (createRequire(import.meta.url)(file) as { handler: (event: object) => unknown }).handler;

describe('buildPipeline', () => {
  it('makes a handler of each stage', async () => {
    const built = await buildIn(temporaryFolder(pipelineFiles()));
    expect(built.stages.map(({ name }) => name)).toEqual(['features', 'inference', 'action']);
    expect(built.contract.pipeline).toBe('tiny');
    for (const { name, file, folder, metafile } of built.stages) {
      expect(handlerOf(file)({ n: 7 })).toBe(`${name} 7`);
      expect(readdirSync(folder).toSorted()).toEqual(['index.mjs', 'index.mjs.map']);
      expect(existsSync(metafile)).toBe(true);
    }
  });

  it('loads what is imported lazily only when it is asked for', async () => {
    const root = temporaryFolder(
      pipelineFiles({
        'heavy.ts': `export const words = ${JSON.stringify(Array.from({ length: 2_000 }, (_, n) => `w${n}`))};`,
        'features.ts': `export const handler = async () => (await import('./heavy.ts')).words.length;`,
      }),
    );
    const features = stageOf(await buildIn(root), 'features');
    expect(features.loadedAtStartBytes).toBeLessThan(2_000);
    expect(features.sizeBytes).toBeGreaterThan(10_000);
    expect(await handlerOf(features.file)({})).toBe(2_000);
  });

  it('gives the same digest wherever it is built, and another one for other code', async () => {
    const here = temporaryFolder(pipelineFiles());
    const there = temporaryFolder(pipelineFiles());
    const digests = async (root: string, outFolder: string): Promise<readonly string[]> =>
      (await buildIn(root, outFolder)).stages.map(({ digest }) => digest);
    const first = await digests(here, 'out');
    expect(await digests(here, 'somewhere/much/deeper')).toEqual(first);
    expect(await digests(there, 'out')).toEqual(first);
    const changed = temporaryFolder(pipelineFiles({ 'action.ts': stage('another') }));
    const other = await digests(changed, 'out');
    expect(other.slice(0, 2)).toEqual(first.slice(0, 2));
    expect(other[2]).not.toBe(first[2]);
  });

  it('names sources from the root in its source maps, without their text', async () => {
    const root = temporaryFolder(pipelineFiles());
    const { file } = stageOf(await buildIn(root), 'features');
    const map = JSON.parse(readFileSync(`${file}.map`, 'utf8')) as { sources: string[] };
    expect(map.sources).toEqual(['functions/tiny/features.ts']);
    expect(map).not.toHaveProperty('sourcesContent');
  });

  it('leaves nothing of an earlier build in an asset', async () => {
    const root = temporaryFolder({ ...pipelineFiles(), 'out/tiny/features/stale.mjs': 'export {};' });
    const { folder } = stageOf(await buildIn(root), 'features');
    expect(readdirSync(folder)).not.toContain('stale.mjs');
  });

  it('lets CommonJS ask for a module of Node', async () => {
    const root = temporaryFolder({
      ...pipelineFiles({
        'action.ts': `import join from 'old';\nexport const handler = () => join('a', 'b');`,
      }),
      'node_modules/old/index.js': `module.exports = require('node:path').posix.join;`,
    });
    expect(handlerOf(stageOf(await buildIn(root), 'action').file)({})).toBe('a/b');
  });

  it('names the parameters that the action asks for, without starting it', async () => {
    const handle = engineModule('runtime/handle.ts');
    const action = engineModule('core/stages/action.ts');
    const root = temporaryFolder(
      pipelineFiles({
        'action.ts': `
          import { param } from ${JSON.stringify(action)};
          import { handle } from ${JSON.stringify(handle)};
          const via = { params: [param('WARNINGS_URL'), param('WARNINGS_TOKEN_ARN')] };
          export const handler = handle({ kind: 'action', via });`,
      }),
    );
    expect((await buildIn(root)).params).toEqual(['WARNINGS_URL', 'WARNINGS_TOKEN_ARN']);
  });

  it('keeps the names of error classes, which dead letters carry', async () => {
    const root = temporaryFolder(
      pipelineFiles({
        'action.ts': `class WarningRefused extends Error {}\nexport const handler = () => new WarningRefused().constructor.name;`,
      }),
    );
    expect(handlerOf(stageOf(await buildIn(root), 'action').file)({})).toBe('WarningRefused');
  });
});

describe('buildPipeline refuses', () => {
  it('an action that its contract contradicts, as what it is', async () => {
    const action = engineModule('core/stages/action.ts');
    const root = temporaryFolder(
      pipelineFiles({
        'action.ts': `
          import { defineAction } from ${JSON.stringify(action)};
          import { contract } from './contract.ts';
          export const handler = defineAction(contract, {
            request: () => ({}),
            via: { transport: 'mail', keyed: false, params: [], open: () => ({}) },
          });`,
      }),
    );
    const failure = await buildIn(root).catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(ConfigError);
    expect(failure).toMatchObject({
      code: 'CONTRACT_INVALID',
      message: expect.stringMatching(
        /^the action of "tiny" has a problem:\n {2}action\.effect: got keyed\(\) through the transport "mail".*Fix: [^\n]*$/,
      ),
    });
  });

  it('the CDK inside a handler, naming the way it came in', async () => {
    const root = temporaryFolder({
      ...pipelineFiles({
        'action.ts': `import { stack } from './stack.ts';\nexport const handler = () => stack;`,
        'stack.ts': `import { Stack } from 'aws-cdk-lib';\nexport const stack = new Stack();`,
      }),
      'node_modules/aws-cdk-lib/index.js': `exports.Stack = class {};`,
    });
    await expect(buildIn(root)).rejects.toMatchObject({
      code: 'BUILD_FAILED',
      message: expect.stringContaining(
        'functions/tiny/action.ts → functions/tiny/stack.ts → node_modules/aws-cdk-lib/index.js',
      ) as string,
    });
  });

  it('a type of the CDK is no code, and passes', async () => {
    const root = temporaryFolder(
      pipelineFiles({
        'action.ts': `import type { Stack } from 'aws-cdk-lib';\nexport const handler = (stack?: Stack) => stack === undefined;`,
      }),
    );
    await expect(buildIn(root)).resolves.toMatchObject({ contract: { pipeline: 'tiny' } });
  });

  it('a handler with more than 700 KB that is not its own, naming what is largest', async () => {
    const root = temporaryFolder({
      ...pipelineFiles({
        'inference.ts': `export const handler = async () => (await import('../tables/table.ts')).table.length;`,
      }),
      'functions/tables/table.ts': `export const table = ${JSON.stringify('x'.repeat(700_001))};`,
    });
    await expect(buildIn(root)).rejects.toMatchObject({
      code: 'BUILD_FAILED',
      message: expect.stringMatching(
        /70\d KB of code that is not its own \(largest: functions\/tables\/table\.ts 70\d KB/,
      ) as string,
    });
  });

  it('no model of its own, however large', async () => {
    const root = temporaryFolder(
      pipelineFiles({
        'model.ts': `export const model = ${JSON.stringify('x'.repeat(700_001))};`,
        'inference.ts': `export const handler = async () => (await import('./model.ts')).model.length;`,
      }),
    );
    expect(stageOf(await buildIn(root), 'inference').sizeBytes).toBeGreaterThan(700_000);
  });

  it('a file without a handler', async () => {
    const root = temporaryFolder(pipelineFiles({ 'inference.ts': 'export const inference = 1;' }));
    await expect(buildIn(root)).rejects.toMatchObject({
      code: 'PIPELINE_INVALID',
      message: expect.stringContaining('got exports inference; expected an export named `handler`') as string,
    });
  });

  it('code that does not parse, with its place', async () => {
    const root = temporaryFolder(pipelineFiles({ 'features.ts': 'export const handler = (;\n' }));
    await expect(buildIn(root)).rejects.toMatchObject({
      code: 'BUILD_FAILED',
      message: expect.stringMatching(
        /features cannot be bundled:[^]*functions\/tiny\/features\.ts:1:24/,
      ) as string,
    });
  });

  it('every stage that cannot be bundled, at once', async () => {
    const root = temporaryFolder(
      pipelineFiles({
        'features.ts': `export { handler } from './gone.ts';`,
        'action.ts': 'export const a = 1;',
      }),
    );
    await expect(buildIn(root)).rejects.toMatchObject({
      code: 'BUILD_FAILED',
      message: expect.stringMatching(
        /Could not resolve "\.\/gone\.ts"[^]*action is no Lambda handler/,
      ) as string,
    });
  });

  it('an import that leads nowhere', async () => {
    const root = temporaryFolder(pipelineFiles({ 'features.ts': `export { handler } from './gone.ts';` }));
    await expect(buildIn(root)).rejects.toMatchObject({
      code: 'BUILD_FAILED',
      message: expect.stringContaining('Could not resolve "./gone.ts"') as string,
    });
  });

  it.each([
    ['no contract', 'export const trigger = 1;', 'got exports trigger'],
    ['a contract of another making', 'export const contract = {};', 'that defineTrigger did not make'],
    ['a contract of another pipeline', contractFile('other'), "got pipeline: 'other'; expected 'tiny'"],
    ['a contract that throws', `throw new Error('boom');`, 'cannot be loaded: boom'],
  ])('%s', async (_, text, message) => {
    const root = temporaryFolder(pipelineFiles({ 'contract.ts': text }));
    await expect(buildIn(root)).rejects.toMatchObject({
      code: 'PIPELINE_INVALID',
      message: expect.stringContaining(message) as string,
    });
  });
});

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildPipeline, type BuiltPipeline } from '../../../lib/build/build-pipeline.ts';
import { suiteFolder } from '../../support/folder.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');

const inputsOf = (metafile: string): readonly string[] =>
  Object.keys((JSON.parse(readFileSync(metafile, 'utf8')) as { inputs: object }).inputs);

describe.each([
  ['orders', ['features', 'inference', 'action'], ['HOLDS_URL']],
  ['meters', ['context-weather', 'features', 'inference', 'action'], ['INSPECTIONS_URL']],
])('the bundles of %s', (pipeline, names, params) => {
  const outFolder = suiteFolder();
  let built: BuiltPipeline;
  beforeAll(async () => {
    built = await buildPipeline({ root, pipelineFolder: `test/fixtures/${pipeline}`, outFolder });
  });

  it('are one for each stage, a generated one for each context', () => {
    expect(built.stages.map(({ name }) => name)).toEqual(names);
    expect(built.params).toEqual(params);
    for (const { file } of built.stages)
      expect(createRequire(import.meta.url)(file)).toHaveProperty('handler', expect.any(Function));
  });

  it('hold neither the CDK, nor a schema compiler, nor anything of the tools', () => {
    for (const { metafile } of built.stages)
      expect(
        inputsOf(metafile).filter((path) =>
          /aws-cdk-lib|\/ajv\/dist\/(?:compile|core|vocabularies)|^lib\/(?:build|constructs|local|cli|ops|testing)\//.test(
            path,
          ),
        ),
      ).toEqual([]);
  });

  it('load the embedded adapters only when they are asked for', () => {
    for (const { metafile, sizeBytes, loadedAtStartBytes } of built.stages) {
      expect(inputsOf(metafile).some((path) => path.startsWith('lib/adapters/sqlite/'))).toBe(true);
      expect(loadedAtStartBytes).toBeLessThan(sizeBytes);
    }
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildPipeline, type BuiltPipeline } from '../../../lib/build/build-pipeline.ts';
import { prebundledAdapters } from '../../../lib/build/prebundled-adapters.ts';
import { embeddedBytes } from '../../support/embedded-bytes.ts';
import { suiteFolder } from '../../support/folder.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');

interface Output {
  readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>>;
}

interface Metafile {
  readonly outputs: Readonly<Record<string, Output>>;
}

/** Modules of which something is in the outputs: what was looked at and left out does not count. */
const modulesIn = ({ outputs }: Metafile): readonly string[] =>
  Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) =>
      bytesInOutput > 0 && !path.startsWith('freshet-stand-in:') ? [path] : [],
    ),
  );

const { metafile: adapters } = await prebundledAdapters();

/** Modules of a stage, with what the adapters' bundle has put into the outputs that the stage took from it. */
const inputsOf = (metafile: string): readonly string[] =>
  modulesIn(JSON.parse(readFileSync(metafile, 'utf8')) as Metafile).flatMap((path) => {
    if (!path.startsWith('freshet-adapters:')) return [path];
    const name = path.slice('freshet-adapters:'.length);
    const output = adapters.outputs[name];
    if (output === undefined) throw new Error(`the adapters' bundle has no output ${name}`);
    return modulesIn({ outputs: { [name]: output } });
  });

describe.each([
  ['orders', ['features', 'inference', 'action'], ['HOLDS_URL']],
  ['meters', ['context-weather', 'features', 'inference', 'action'], ['INSPECTIONS_URL']],
])('the bundles of %s', (pipeline, names, params) => {
  const outFolder = suiteFolder();
  let built: BuiltPipeline;
  beforeAll(async () => {
    built = await buildPipeline({ root, pipelineFolder: `test/fixtures/${pipeline}`, outFolder });
  }, 60_000);

  it('are one for each stage, a generated one for each context', () => {
    expect(built.stages.map(({ name }) => name)).toEqual(names);
    expect(built.params).toEqual(params);
    for (const { file } of built.stages)
      expect(createRequire(import.meta.url)(file)).toHaveProperty('handler', expect.any(Function));
  });

  it('can be loaded in all their parts, those that wait for their first use too', () => {
    for (const { folder } of built.stages)
      for (const name of readdirSync(folder).filter((each) => each.endsWith('.mjs')))
        expect(createRequire(import.meta.url)(join(folder, name))).toBeTypeOf('object');
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

  it('take the schema builder in one piece, name its files, and are looked at no further', () => {
    for (const { metafile } of built.stages) {
      const { inputs } = JSON.parse(readFileSync(metafile, 'utf8')) as { readonly inputs: object };
      // Wherever the packages are installed.
      const installed = /^(?<kind>freshet-schema-builder:)?.*node_modules\/typebox\/build\/(?<file>.*)/;
      const piecesOf = (paths: readonly string[]): readonly unknown[] =>
        paths.map((path) => installed.exec(path)?.groups).filter((groups) => groups !== undefined);
      const builder = piecesOf(Object.keys(inputs));
      // Whoever patches one of them has the stage bundled anew.
      expect(builder).toContainEqual({ kind: undefined, file: 'type/types/object.mjs' });
      expect(builder).not.toContainEqual({ kind: undefined, file: 'index.mjs' });
      expect(piecesOf(inputsOf(metafile))).toEqual([
        { kind: 'freshet-schema-builder:', file: 'typebox.mjs' },
      ]);
    }
  });

  it('know no wire format but JSON, for their contracts ask for no other', () => {
    for (const { metafile } of built.stages)
      expect(
        inputsOf(metafile).filter((path) => /adapters\/wire\/(?!json-values|framing)/.test(path)),
      ).toEqual([]);
  });

  it('leave out what a handler never runs: other credentials, schema registries, consumers', () => {
    for (const { metafile } of built.stages)
      expect(
        inputsOf(metafile).filter((path) =>
          /bowser|[/]debug[/]src|avsc|protobufjs|credential-provider-(?:node|ini|sso)|kafka\/dist\/clients\/(?:consumer|admin)|jmespath/.test(
            path,
          ),
        ),
      ).toEqual([]);
  });

  it('hold each module once, whether it came by the adapters or by the stage', () => {
    for (const { metafile } of built.stages) {
      const inputs = inputsOf(metafile).filter((path) => path.startsWith('lib/'));
      expect(inputs.filter((path, index) => inputs.indexOf(path) !== index)).toEqual([]);
    }
  });

  it('load less than 400 KB on the embedded adapters, idempotency included', () => {
    for (const { metafile, loadedAtStartBytes } of built.stages) {
      const bytes = embeddedBytes(metafile);
      expect(bytes).toBeGreaterThan(loadedAtStartBytes);
      expect(bytes).toBeLessThan(400_000);
    }
  });

  it('load an adapter only when it is asked for', () => {
    for (const { metafile, sizeBytes, loadedAtStartBytes } of built.stages) {
      for (const adapter of ['sqlite', 'kafka', 'dynamodb'])
        expect(inputsOf(metafile).some((path) => path.startsWith(`lib/adapters/${adapter}/`))).toBe(true);
      expect(loadedAtStartBytes).toBeLessThan(sizeBytes);
    }
  });
});

import type { Plugin } from 'esbuild';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import type { TSchema } from 'typebox';
import type { ResolvedContract, StageName } from '../core/contract/resolved.ts';
import { validatorsFrom } from '../adapters/schemas/contract-schemas.ts';
import { compileSchema, plainSchema, schemaRefused } from '../adapters/schemas/schema-compiler.ts';
import { spelledNames } from '../adapters/schemas/schema-issues.ts';
import { engineModule } from './engine.ts';

const namespace = 'freshet-schema';

interface CompiledModule {
  /** Name under which the generated module imports it. */
  readonly local: string;
  readonly path: string;
  readonly code: string;
  readonly names: readonly string[];
}

/** `ajv/dist/standalone` is CommonJS without an exports map that types agree on: required as what it is. */
const standaloneCode = createRequire(import.meta.url)('ajv/dist/standalone') as {
  readonly default: (ajv: object, validate: object) => string;
};

const compileToCode = (schema: TSchema, path: string, local: string): CompiledModule => {
  try {
    const plain = plainSchema(schema);
    const { ajv, validate } = compileSchema(plain, { source: true, esm: true });
    return {
      local,
      path,
      code: standaloneCode.default(ajv, validate),
      names: spelledNames(plain),
    };
  } catch (cause) {
    throw schemaRefused(path, cause);
  }
};

/** The module that stands in for lib/runtime/validators.ts, with one import for each schema. */
const generate = (
  contract: ResolvedContract,
  stage: StageName,
): { readonly source: string; readonly schemas: readonly CompiledModule[] } => {
  const schemas: CompiledModule[] = [];
  validatorsFrom(contract, (schema, path) => {
    if (isAskedBy(stage, path)) schemas.push(compileToCode(schema, path, `schema${schemas.length}`));
    return () => [];
  });
  const table = schemas
    .map(
      ({ local, path, names }) => `${JSON.stringify(path)}: validatorOf(${local}, ${JSON.stringify(names)})`,
    )
    .join(',\n');
  const source = [
    `import { validatorsFrom } from ${JSON.stringify(engineModule('adapters/schemas/contract-schemas.ts'))};`,
    `import { validatorOf } from ${JSON.stringify(engineModule('adapters/schemas/schema-issues.ts'))};`,
    ...schemas.map(({ local, path }) => `import ${local} from ${JSON.stringify(`${namespace}:${path}`)};`),
    `const table = {\n${table}\n};`,
    `const absent = (path) => () => { throw new Error('stage ${stage} was bundled without the schema ' + path); };`,
    `export const validatorsOf = (contract) => validatorsFrom(contract, (schema, path) => table[path] ?? absent(path));`,
  ].join('\n');
  return { source, schemas };
};

/** Which schemas a stage checks by: what comes in, and what it makes. The others would only be loaded. */
const isAskedBy = (stage: StageName, path: string): boolean => {
  switch (stage) {
    case 'features':
      return /^(?:source\.|features\.)/.test(path);
    case 'inference':
      return path === 'features.output' || path === 'inference.output';
    case 'action':
      return path === 'inference.output';
    default:
      return path.startsWith(`context.${stage.slice('context-'.length)}.`);
  }
};

/** Puts standalone code in the place of schema compilation: a function starts without Ajv's compiler. */
export const validatorsPlugin = (contract: ResolvedContract, stage: StageName): Plugin => {
  const validatorsModule = engineModule('runtime/validators.ts');
  const { source, schemas } = generate(contract, stage);
  return {
    name: 'freshet-validators',
    setup(build) {
      build.onLoad({ filter: /[\\/]validators\.ts$/ }, ({ path }) =>
        path === validatorsModule
          ? { contents: source, loader: 'js', resolveDir: dirname(validatorsModule) }
          : undefined,
      );
      build.onResolve({ filter: new RegExp(`^${namespace}:`) }, ({ path }) => ({
        path: path.slice(namespace.length + 1),
        namespace,
      }));
      build.onLoad({ filter: /.*/, namespace }, ({ path }) => ({
        contents: schemas.find((schema) => schema.path === path)?.code ?? '',
        loader: 'js',
        resolveDir: dirname(validatorsModule),
      }));
    },
  };
};

import { dirname, join } from 'node:path';
import type { WireFormat } from '../core/contract/formats.ts';
import { contextStageName, type ResolvedContract, type StageName } from '../core/contract/resolved.ts';
import { bundleStage, type BuiltStage } from './bundle-stage.ts';
import type { StageEntry } from './bundle.ts';
import { checkedContractPlugin } from './checked-contract-plugin.ts';
import type { PipelineFolder } from './discover.ts';
import { engineModule } from './engine.ts';
import type { HandlerForm } from './handler-format.ts';
import { nodeModulesPlugin } from './node-modules-plugin.ts';
import { payloadBytes, payloadsPlugin } from './payloads-plugin.ts';
import { adaptersDigest, prebundledAdaptersPlugin } from './prebundled-adapters.ts';
import { schemaBuilderPlugin } from './schema-builder-plugin.ts';
import { sideEffectsPlugin } from './side-effects-plugin.ts';
import { tracedPortsPlugin } from './traced-ports-plugin.ts';
import { validatorsPlugin } from './validators-plugin.ts';
import { formatBytes, wireFormatsPlugin } from './wire-formats-plugin.ts';

/** The context that a stage keeps; `undefined` for the three of the chain. */
const contextOf = ({ context }: ResolvedContract, stage: StageName): string | undefined =>
  Object.keys(context).find((name) => contextStageName(name) === stage);

/** Nobody writes a context stage by hand: its entry says what the others say in their own files. */
const contextEntry = (pipeline: PipelineFolder, context: string): StageEntry => ({
  source: [
    `import { contract } from ${JSON.stringify(pipeline.contract)};`,
    `import { contextStage } from ${JSON.stringify(engineModule('core/stages/context.ts'))};`,
    `import { handle } from ${JSON.stringify(engineModule('runtime/handle.ts'))};`,
    `export const handler = handle(contextStage(contract.resolved, ${JSON.stringify(context)}));`,
  ].join('\n'),
  resolveFrom: dirname(pipeline.contract),
});

const entryOf = (pipeline: PipelineFolder, contract: ResolvedContract, stage: StageName): StageEntry => {
  const context = contextOf(contract, stage);
  if (context !== undefined) return contextEntry(pipeline, context);
  return { file: pipeline.stages[stage as keyof PipelineFolder['stages']] };
};

/** What the records of a stage are written in; `undefined` for what Freshet writes itself. */
const formatOf = (contract: ResolvedContract, stage: StageName): WireFormat | undefined => {
  const context = contextOf(contract, stage);
  if (context !== undefined) return contract.context[context]?.source.format;
  return stage === 'features' ? contract.source.format : undefined;
};

export interface StageBuild {
  /** The project's root, absolute: sources are named from here. */
  readonly root: string;
  readonly pipeline: PipelineFolder;
  readonly contract: ResolvedContract;
  readonly name: StageName;
  /** Absolute: the stage goes to `<folder>/<name>/`. */
  readonly folder: string;
  readonly form: HandlerForm;
  /** As of a bundling. @default true */
  readonly isKept?: boolean;
}

/**
 * Bundles one stage of a pipeline.
 *
 * @throws {ConfigError} `PIPELINE_INVALID` or `BUILD_FAILED`
 */
export const buildStage = async (stage: StageBuild): Promise<BuiltStage> => {
  const { root, pipeline, contract, name, folder, form, isKept = true } = stage;
  const format = formatOf(contract, name);
  return bundleStage({
    root,
    name,
    form,
    isKept,
    entry: entryOf(pipeline, contract, name),
    folder: join(folder, name),
    plugins: () => [
      ...(form === 'traced' ? [tracedPortsPlugin] : []),
      validatorsPlugin(contract, name),
      wireFormatsPlugin(format),
      payloadsPlugin(contract, name),
      prebundledAdaptersPlugin,
      sideEffectsPlugin,
      nodeModulesPlugin,
      checkedContractPlugin,
      schemaBuilderPlugin,
    ],
    // A contract says all in values that JSON holds; what code it has is in the files.
    madeOf: JSON.stringify([contract, await adaptersDigest()]),
    allowanceBytes: formatBytes(format) + payloadBytes(contract, name),
  });
};

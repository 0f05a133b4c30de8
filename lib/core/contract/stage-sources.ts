import { ConfigError } from '../errors.ts';
import {
  contextStageName,
  deadLettersIn,
  groupIn,
  topicIn,
  type ResolvedContract,
  type ResolvedMapping,
  type ResolvedSource,
  type ResolvedTopic,
  type StageName,
} from './resolved.ts';

/** What feeds one stage: the topic that it reads, and the mapping that brings it the records. */
export interface StageSource {
  readonly name: StageName;
  /** Somebody else's, or one between the stages. */
  readonly topic: ResolvedSource | ResolvedTopic;
  readonly mapping: ResolvedMapping;
}

/** Full names: with the environment where Freshet creates them. */
export interface SourceNames {
  readonly source: string;
  readonly group: string;
  readonly deadLetters: string;
}

/** The stages of a contract, each with what feeds it, in the order of the flow: contexts, features, inference, action. */
export const stageSources = ({
  source,
  context,
  vectors,
  decisions,
  features,
  inference,
  action,
}: ResolvedContract): readonly StageSource[] => [
  ...Object.entries(context).map(([name, { source: topic, mapping }]) => ({
    name: contextStageName(name),
    topic,
    mapping,
  })),
  { name: 'features', topic: source, mapping: features.mapping },
  { name: 'inference', topic: vectors, mapping: inference.mapping },
  { name: 'action', topic: decisions, mapping: action.mapping },
];

/** @throws {ConfigError} `PIPELINE_INVALID` where the contract has no such stage */
export const stageSource = (contract: ResolvedContract, stage: StageName): StageSource => {
  const found = stageSources(contract).find(({ name }) => name === stage);
  if (found === undefined) {
    const contexts = Object.keys(contract.context).map(contextStageName);
    throw new ConfigError('PIPELINE_INVALID', {
      message: `pipeline ${contract.pipeline} has no stage ${stage}, expected one of ${['features', 'inference', 'action', ...contexts].join(', ')}`,
    });
  }
  return found;
};

export const namesIn = (
  environment: string,
  { topic, mapping }: Pick<StageSource, 'topic' | 'mapping'>,
): SourceNames => ({
  source: topicIn(environment, topic),
  group: groupIn(environment, mapping),
  deadLetters: deadLettersIn(environment, topic),
});

/** The topics that a stage writes beside its dead letters. */
const stageOutputs = (
  { vectors, decisions, outcomes }: Pick<ResolvedContract, 'vectors' | 'decisions' | 'outcomes'>,
  stage: StageName,
): readonly ResolvedTopic[] => {
  switch (stage) {
    case 'features':
      return [vectors];
    case 'inference':
      // A suppressed vector ends in an outcome and makes no decision.
      return [decisions, outcomes];
    case 'action':
      return [outcomes];
    default:
      return [];
  }
};

/** Full names of all topics that a stage writes, dead letters included. */
export const writesIn = (
  environment: string,
  contract: ResolvedContract,
  stage: StageSource,
): readonly string[] => [
  ...stageOutputs(contract, stage.name).map((output) => topicIn(environment, output)),
  namesIn(environment, stage).deadLetters,
];

/** One batch through a stage: where the way of every record begins. */
import { actionBatch } from './batch/action.ts';
import { contextBatch } from './batch/context.ts';
import { featuresBatch } from './batch/features.ts';
import { inferenceBatch } from './batch/inference.ts';
import { waitFor, waitMs } from './batch/wait.ts';
import type { ResolvedMapping, ResolvedSource } from './contract/resolved.ts';
import type {
  ActionPorts,
  Batch,
  BatchResult,
  ContextPorts,
  FeaturesPorts,
  InferencePorts,
} from './ports/stage-ports.ts';
import type { ActionStage } from './stages/action.ts';
import type { ContextStage } from './stages/context.ts';
import type { FeaturesStage } from './stages/features.ts';
import type { InferenceStage } from './stages/inference.ts';

export type Stage = ContextStage | FeaturesStage | InferenceStage | ActionStage;

/** A stage with the ports it needs. */
export type StageWithPorts =
  | { readonly stage: ContextStage; readonly ports: ContextPorts }
  | { readonly stage: FeaturesStage; readonly ports: FeaturesPorts }
  | { readonly stage: InferenceStage; readonly ports: InferencePorts }
  | { readonly stage: ActionStage; readonly ports: ActionPorts };

/**
 * Processes a batch.
 *
 * @throws {TransientError} where nothing can be said of any record: the whole batch is to be delivered again
 * @throws {InvariantError} where going on would break what is promised
 */
export const processBatch = async (bound: StageWithPorts, batch: Batch): Promise<BatchResult> => {
  try {
    return await batchThrough(bound, batch);
  } catch (thrown) {
    const { clock } = bound.ports;
    // A failure in milliseconds burns the mapping's retries as a redelivery would: an outage must not drop what it delays.
    if (batch.redrive === undefined)
      await waitFor(
        clock,
        waitMs([0], mappingOf(bound.stage).minimumWaitMs, clock.now(), batch.invocation.deadline),
      );
    throw thrown;
  }
};

/** The topic of somebody else's events that a stage reads; inference and action read what Freshet wrote itself. */
export const sourceOf = (stage: Stage): ResolvedSource | undefined => {
  if (stage.kind === 'context') return stage.definition.source;
  return stage.kind === 'features' ? stage.contract.source : undefined;
};

const mappingOf = (stage: Stage): ResolvedMapping =>
  stage.kind === 'context' ? stage.definition.mapping : stage.contract[stage.kind].mapping;

const batchThrough = (bound: StageWithPorts, batch: Batch): Promise<BatchResult> => {
  switch (bound.stage.kind) {
    case 'context':
      return contextBatch(bound.stage, bound.ports as ContextPorts, batch);
    case 'features':
      return featuresBatch(bound.stage, bound.ports as FeaturesPorts, batch);
    case 'inference':
      return inferenceBatch(bound.stage, bound.ports as InferencePorts, batch);
    case 'action':
      return actionBatch(bound.stage, bound.ports as ActionPorts, batch);
  }
};

import type { ResolvedContract } from '../../core/contract/resolved.ts';
import type { Validators } from '../../core/ports/stage-ports.ts';
import type { ActionStage } from '../../core/stages/action.ts';
import type { FeaturesStage } from '../../core/stages/features.ts';
import type { InferenceStage } from '../../core/stages/inference.ts';

/** The pipeline that a simulation runs. */
export interface Subject {
  readonly contract: ResolvedContract;
  /** @param isFixed - whether an operator has deployed the schemas of tomorrow */
  readonly validators: (isFixed: () => boolean) => Validators;
  /** The stages, as one worker runs them. */
  readonly stages: (hooks: StageHooks) => SimulatedStages;
  readonly fates: Fates;
}

export interface SimulatedStages {
  readonly features: FeaturesStage;
  readonly inference: InferenceStage;
  readonly action: ActionStage;
}

export interface StageHooks {
  /** Ends the worker that calls it: never returns. */
  readonly die: () => never;
  /** A number that nobody else has. */
  readonly count: () => number;
}

/** What an event's data says will happen to it outside. */
export interface Fates {
  /** Whether the model ends every worker that asks it about this vector. */
  readonly killsModel: (vector: unknown) => boolean;
  /** Whether the downstream always refuses a request, or ends the worker that sends it. */
  readonly ofRequest: (request: unknown) => 'refused' | 'kills' | undefined;
  /** Whether a record, by its value, ends every worker that runs it. */
  readonly kills: (value: unknown) => boolean;
  /** Whether tomorrow's schemas judge it otherwise. */
  readonly isMendable: (event: unknown) => boolean;
}

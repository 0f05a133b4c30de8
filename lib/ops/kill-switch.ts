import { UsageError } from '../core/errors.ts';
import { audit, type Deployment, type Operator } from './deployment.ts';

/** The stages that can be paused: those with an effect on the outside. */
export const pausable = ['action'] as const;

export interface SwitchPlan {
  readonly stage: (typeof pausable)[number];
  readonly paused: boolean;
}

/** @throws {UsageError} for a stage without a kill switch */
export const planSwitch = (stage: string, paused: boolean): SwitchPlan => {
  const known = pausable.find((name) => name === stage);
  if (known === undefined)
    throw new UsageError('USAGE', {
      message: `got stage "${stage}", expected ${pausable.join(', ')}: only a stage with effects has a kill switch. Fix: name it.`,
    });
  return { stage: known, paused };
};

/**
 * Sets the kill switch. Sends that are under way end; none is begun once every worker has asked again.
 * Setting what is set already changes nothing, and is audited all the same: somebody wanted it so.
 *
 * @throws {TransientError} where the store does not answer
 */
export const applySwitch = async (
  deployment: Deployment,
  { stage, paused }: SwitchPlan,
  operator: Operator,
): Promise<void> => {
  await audit(deployment, operator, `${paused ? 'pause' : 'resume'} ${stage}`);
  await deployment.operations.setPaused(stage, paused);
};

import { compiledValidators } from '../../adapters/schemas/compiled-validators.ts';
import type { ResolvedContract, ResolvedMapping } from '../../core/contract/resolved.ts';
import type { Domain } from './domain.ts';
import { EventsPublisher, type GivenStream } from './events-publisher.ts';
import type { SimulatedStages } from './subject.ts';
import type { Tape } from './tape.ts';

/** So many that no schedule uses them up: what a mapping gives up on says nothing of the stages. */
const retries = 400;

/** A pipeline of a user: its contract, and its functions as they run. */
export const stagesDomain =
  (contract: ResolvedContract, stages: SimulatedStages, stream: GivenStream): Domain =>
  (tape) => {
    const varied = variantOf(contract, tape);
    const validators = compiledValidators(contract);
    const inContract = <Stage extends object>(stage: Stage): Stage => ({ ...stage, contract: varied });
    return {
      subject: {
        contract: varied,
        validators: () => validators,
        stages: () => ({
          features: inContract(stages.features),
          inference: inContract(stages.inference),
          action: inContract(stages.action),
        }),
        fates: {
          killsModel: () => false,
          ofRequest: () => undefined,
          kills: () => false,
          isMendable: () => false,
        },
      },
      publisher: (deployment) => new EventsPublisher(deployment, stream),
    };
  };

/** The contract with batches of another size: what a mapping fills is never more than what has arrived. */
const variantOf = (contract: ResolvedContract, tape: Tape): ResolvedContract => {
  const most = [Number.POSITIVE_INFINITY, 1, 2, 3][tape.pick(4)] ?? 1;
  const vary = <Stage extends { readonly mapping: ResolvedMapping }>(stage: Stage): Stage => {
    const { mapping } = stage;
    const batchSize = Math.min(most, mapping.batchSize);
    const patience = mapping.pollers === null ? {} : { retries, maxAgeMs: -1 };
    return { ...stage, mapping: { ...mapping, batchSize, ...patience } };
  };
  return {
    ...contract,
    context: Object.fromEntries(
      Object.entries(contract.context).map(([name, context]) => [name, vary(context)]),
    ),
    features: vary(contract.features),
    inference: vary(contract.inference),
    action: vary(contract.action),
  };
};

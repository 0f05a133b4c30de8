import type { AnyTriggerOptions, BudgetOption, GiveUpOptions, MappingOptions } from '../options.ts';
import type { ResolvedContract, ResolvedGiveUp, ResolvedStage, ResolvedTopic } from '../resolved.ts';

/** A stage as its author wrote it and as it was resolved, with what its mapping reads. */
export interface StageView {
  /** Path of its options: `action`, `context.weather`. */
  readonly path: string;
  readonly stage: ResolvedStage;
  readonly written: { readonly budget?: BudgetOption | undefined; readonly mapping: MappingOptions };
  readonly reads: ResolvedTopic;
  /** Where the number of partitions of that topic is written. */
  readonly readsPath: string;
  /** It calls a model or has an effect. */
  readonly calls: boolean;
  readonly giveUp: (ResolvedGiveUp & { readonly path: string }) | undefined;
}

const giveUpOf = (
  resolved: ResolvedGiveUp,
  written: GiveUpOptions | undefined,
  path: string,
): StageView['giveUp'] => ({
  ...resolved,
  // Inference takes the action's where it has none of its own: that is where it must be mended.
  path: written ? `${path}.giveUp` : 'action.giveUp',
});

/** All stages of a contract: contexts, features, inference, action. */
export const stagesOf = (options: AnyTriggerOptions, resolved: ResolvedContract): readonly StageView[] => {
  const written = ({
    budget,
    mapping,
  }: {
    budget?: BudgetOption;
    mapping?: MappingOptions;
  }): StageView['written'] => ({
    budget,
    mapping: mapping ?? {},
  });
  const contexts = Object.entries(options.context ?? {}).flatMap(([name, context]): StageView[] => {
    const stage = resolved.context[name];
    if (!stage) return [];
    const path = `context.${name}`;
    return [
      {
        path,
        stage,
        written: written(context),
        reads: stage.source,
        readsPath: `${path}.source`,
        calls: false,
        giveUp: undefined,
      },
    ];
  });
  const { features, inference, action } = options;
  return [
    ...contexts,
    {
      path: 'features',
      stage: resolved.features,
      written: written(features),
      reads: resolved.source,
      readsPath: 'source',
      calls: false,
      giveUp: undefined,
    },
    {
      path: 'inference',
      stage: resolved.inference,
      written: written(inference),
      reads: resolved.vectors,
      readsPath: 'source',
      calls: true,
      giveUp: giveUpOf(resolved.inference.giveUp, inference.giveUp, 'inference'),
    },
    {
      path: 'action',
      stage: resolved.action,
      written: written(action),
      reads: resolved.decisions,
      readsPath: 'source',
      calls: true,
      giveUp: giveUpOf(resolved.action.giveUp, action.giveUp, 'action'),
    },
  ];
};

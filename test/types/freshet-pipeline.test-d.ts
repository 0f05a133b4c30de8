import { describe, expectTypeOf, it } from 'vitest';
import type { FreshetPipelineProps, ParamsOf } from '../../lib/constructs/freshet-pipeline.ts';
import type { ActionStage } from '../../lib/core/stages/action.ts';
import type { action as holds } from '../fixtures/orders/action.ts';

type Two = ActionStage<'WARNINGS_URL' | 'TOKEN_ARN'>;
type Params<Action> = FreshetPipelineProps<Action>['params'];

describe('the params of FreshetPipeline', () => {
  it('are the names that the action asks for', () => {
    expectTypeOf<ParamsOf<Two>>().toEqualTypeOf<Readonly<Record<'WARNINGS_URL' | 'TOKEN_ARN', string>>>();
    expectTypeOf<ParamsOf<typeof holds>>().toEqualTypeOf<Readonly<Record<'HOLDS_URL', string>>>();
  });

  it('are all required', () => {
    expectTypeOf<{ WARNINGS_URL: string; TOKEN_ARN: string }>().toExtend<Params<Two>>();
    expectTypeOf<{ WARNINGS_URL: string }>().not.toExtend<Params<Two>>();
    expectTypeOf<FreshetPipelineProps<Two>>()
      .pick<'params'>()
      .toEqualTypeOf<{ readonly params: ParamsOf<Two> }>();
  });

  it('are any names where the action is not known', () => {
    expectTypeOf<{ ANYTHING: string }>().toExtend<FreshetPipelineProps['params']>();
  });
});

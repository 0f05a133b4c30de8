import { describe, expect, it } from 'vitest';
import { namesIn, stageSource, stageSources } from '../../../../lib/core/contract/stage-sources.ts';
import { tinyContract } from '../../../support/tiny-contract.ts';

const contract = tinyContract();
const [context = ''] = Object.keys(contract.context);

describe('the stages of a contract', () => {
  it('are fed in the order of the flow: each by the topic that the one before it writes', () => {
    expect(stageSources(contract)).toEqual([
      {
        name: `context-${context}`,
        topic: contract.context[context]?.source,
        mapping: contract.context[context]?.mapping,
      },
      { name: 'features', topic: contract.source, mapping: contract.features.mapping },
      { name: 'inference', topic: contract.vectors, mapping: contract.inference.mapping },
      { name: 'action', topic: contract.decisions, mapping: contract.action.mapping },
    ]);
  });

  it('are three where the contract has no context', () => {
    expect(stageSources(tinyContract({ context: {} })).map(({ name }) => name)).toEqual([
      'features',
      'inference',
      'action',
    ]);
  });

  it('are found by name, and an unknown name is answered with those that exist', () => {
    expect(stageSource(contract, 'inference').topic).toBe(contract.vectors);
    expect(() => stageSource(contract, 'context-none')).toThrow(
      expect.objectContaining({
        code: 'PIPELINE_INVALID',
        message: `pipeline ${contract.pipeline} has no stage context-none, expected one of features, inference, action, context-${context}`,
      }),
    );
  });
});

describe('the names of what feeds a stage', () => {
  it('carry the environment', () => {
    const source = stageSource(contract, 'features');
    expect(namesIn('prod', source)).toEqual({
      source: `prod.${contract.source.name}`,
      group: `prod.${contract.features.mapping.group}`,
      deadLetters: `prod.${contract.source.deadLetters}`,
    });
  });

  it("are an existing topic's own, only the group carries the environment", () => {
    const source = {
      ...stageSource(contract, 'features'),
      topic: { ...contract.source, kind: 'existing' as const },
    };
    expect(namesIn('prod', source)).toEqual({
      source: contract.source.name,
      group: `prod.${contract.features.mapping.group}`,
      deadLetters: contract.source.deadLetters,
    });
  });
});

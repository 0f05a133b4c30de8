import { describe, expect, it } from 'vitest';
import { contract } from '../contract.ts';

describe('the contract', () => {
  it('resolves without a warning', () => {
    expect(contract.resolved.warnings).toEqual([]);
  });

  it('waits for no batch to fill: the target is for work', () => {
    const { features, inference, action, context } = contract.resolved;
    const stages = [features, inference, action, ...Object.values(context)];
    expect(stages.map(({ mapping }) => mapping.windowMs)).toEqual([0, 0, 0, 0]);
  });

  it('resends a warning only under its key, and not once it is late', () => {
    expect(contract.resolved.action).toMatchObject({ effect: 'keyed', late: 'suppress' });
  });
});

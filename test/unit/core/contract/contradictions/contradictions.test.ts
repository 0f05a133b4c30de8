import { describe, expect, it } from 'vitest';
import type { AnyTriggerOptions } from '../../../../../lib/core/contract/options.ts';
import { resolveContract } from '../../../../../lib/core/contract/resolve.ts';
import { seconds } from '../../../../../lib/core/units.ts';
import { configErrorOf } from '../../../../support/config-error.ts';
import { problemsOf } from '../../../../support/contract-problems.ts';
import { validOptions, withValue } from '../../../../support/trigger-options.ts';

describe('all at once', () => {
  it('says whose contract it is, and how much is wrong with it', () => {
    const message = (options: AnyTriggerOptions): string | undefined =>
      configErrorOf(() => resolveContract(options)).message.split('\n')[0];
    const ownerless = withValue(validOptions, 'owner', '');
    expect(message(ownerless)).toBe('the contract of "door-watch" has a problem:');
    expect(message(withValue(ownerless, 'version', 'one'))).toBe(
      'the contract of "door-watch" has 2 problems:',
    );
    expect(message(withValue(validOptions, 'pipeline', ''))).toMatch(/^the contract has a problem:$/);
    expect(message(withValue(validOptions, 'pipeline', 7))).toMatch(/^the contract has a problem:$/);
  });

  it('reports contradictions of different areas together, and each in its message', () => {
    const options = [
      ['pipeline', 'Door Watch'],
      ['deadline', seconds(1)],
      ['features.mapping', { start: 'LATEST', group: 'a:b' }],
      ['action.mapping', { retries: 1 }],
    ].reduce<AnyTriggerOptions>(
      (base, [path, value]) => withValue(base, path as string, value),
      validOptions,
    );
    const { problems, message } = configErrorOf(() => resolveContract(options));
    const paths = problems.map(({ path }) => path);
    expect(paths).toEqual(
      expect.arrayContaining([
        'pipeline',
        'deadline',
        'action.giveUp.after',
        'features.mapping.start',
        'features.mapping.group',
        'action.mapping.retries',
      ]),
    );
    expect(new Set(paths).size).toBe(paths.length);
    for (const path of paths) expect(message).toContain(`${path}: got `);
  });

  it('tells a value that is no number once, and the rest beside it', () => {
    const options = withValue(
      withValue(validOptions, 'action.mapping', { batchSize: Number.NaN, window: seconds(-1) }),
      'owner',
      '',
    );
    expect(problemsOf(options).map(({ path }) => path)).toEqual([
      'owner',
      'action.mapping.batchSize',
      'action.mapping.window',
    ]);
  });
});

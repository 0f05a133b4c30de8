import { describe, expect, it, vi } from 'vitest';
import { TransientError } from '../../../../lib/core/errors.ts';
import { pageBench } from '../../../support/page-bench.ts';

const standing = { kind: 'paced', factor: 0.001 } as const;

describe('what the page is told that a run suffers from', () => {
  it.each([
    ['playing', 'build'],
    ['broken', 'broken'],
  ] as const)('while it is %s', async (phase, kind) => {
    const bench = await pageBench('meters', standing);
    expect((await bench.page.feed.state()).problem).toBeNull();
    vi.spyOn(bench.run, 'problem', 'get').mockReturnValue('features.ts:1:1 expected ";"');
    vi.spyOn(bench.run, 'phase', 'get').mockReturnValue(phase);
    expect((await bench.page.feed.state()).problem).toEqual({ kind, text: 'features.ts:1:1 expected ";"' });
  });

  it('is why it is broken, though nothing newer can be looked at', async () => {
    const bench = await pageBench('meters', standing);
    bench.listen();
    await bench.until('the first look', ({ problem }) => problem === null);
    vi.spyOn(bench.run, 'follow').mockRejectedValue(
      new TransientError('LOG_UNAVAILABLE', { message: 'away' }),
    );
    vi.spyOn(bench.run, 'problem', 'get').mockReturnValue('the mapping of features ended');
    vi.spyOn(bench.run, 'phase', 'get').mockReturnValue('broken');
    const { phase, problem } = await bench.until('the failure', (state) => state.problem !== null);
    expect([phase, problem]).toEqual(['broken', { kind: 'broken', text: 'the mapping of features ended' }]);
  });

  it('while it cannot be looked at, and no longer', async () => {
    const bench = await pageBench('meters', standing);
    bench.listen();
    await bench.until('the first look', ({ problem }) => problem === null);
    const follow = vi
      .spyOn(bench.run, 'follow')
      .mockRejectedValue(new TransientError('LOG_UNAVAILABLE', { message: 'no broker answers' }));
    const { problem } = await bench.until('the failure', (state) => state.problem !== null);
    expect(problem).toEqual({ kind: 'away', text: 'no broker answers' });
    follow.mockRestore();
    await bench.until('the next look', (state) => state.problem === null);
  });
});

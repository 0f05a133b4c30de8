import { describe, expect, it } from 'vitest';
import { CredentialKeeper } from '../../../../../lib/adapters/kafka/authentication/credential-keeper.ts';

/** A secret that is rotated at each fetch: v1, v2, … */
const rotating = (isRenewable = true) => {
  const fetches = { count: 0 };
  const keeper = new CredentialKeeper(async () => {
    fetches.count += 1;
    return `v${fetches.count}`;
  }, isRenewable);
  return { keeper, fetches };
};

describe('credentials', () => {
  it('are fetched once, for whoever asks at the same time or later', async () => {
    const { keeper, fetches } = rotating();
    const [first, second] = await Promise.all([keeper.current(), keeper.current()]);
    expect([first, await keeper.current(), keeper.latest]).toEqual([second, first, first]);
    expect(fetches.count).toBe(1);
  });

  it('that are refused are fetched again, once for all that were refused with them', async () => {
    const { keeper, fetches } = rotating();
    const old = await keeper.current();
    expect([keeper.refused(old), keeper.refused(old)]).toEqual(['again', 'again']);
    const renewed = await Promise.all([keeper.current(), keeper.current()]);
    // A slow connection learns only now that the old ones were refused.
    expect(keeper.refused(old)).toBe('again');
    expect(renewed.map(({ value }) => value)).toEqual(['v2', 'v2']);
    expect((await keeper.current()).value).toBe('v2');
    expect(fetches.count).toBe(2);
  });

  it('that are refused again are refused for good, for everybody who used them', async () => {
    const { keeper } = rotating();
    keeper.refused(await keeper.current());
    const renewed = await keeper.current();
    expect([keeper.refused(renewed), keeper.refused(renewed)]).toEqual(['final', 'final']);
  });

  it('begin anew after that: the secret may have been corrected', async () => {
    const { keeper } = rotating();
    keeper.refused(await keeper.current());
    keeper.refused(await keeper.current());
    const fresh = await keeper.current();
    expect(fresh.value).toBe('v3');
    expect(keeper.refused(fresh)).toBe('again');
  });

  it('that worked and are refused were rotated, though they had been fetched again before', async () => {
    const { keeper } = rotating();
    keeper.refused(await keeper.current());
    const renewed = await keeper.current();
    expect(keeper.wasAccepted).toBe(false);
    keeper.accepted(renewed);
    expect(keeper.wasAccepted).toBe(true);
    expect(keeper.refused(renewed)).toBe('again');
    expect(keeper.refused(await keeper.current())).toBe('final');
    expect(keeper.wasAccepted).toBe(true);
  });

  it('that cannot change are not fetched again', async () => {
    const { keeper, fetches } = rotating(false);
    const held = await keeper.current();
    expect([keeper.refused(held), keeper.refused(held)]).toEqual(['final', 'final']);
    expect(await keeper.current()).toBe(held);
    expect(fetches.count).toBe(1);
  });

  it('that could not be fetched are tried for again, and stay renewed', async () => {
    const answers: (() => string)[] = [
      () => 'v1',
      () => {
        throw new Error('no answer');
      },
      () => 'v2',
    ];
    const keeper = new CredentialKeeper(async () => answers.shift()?.() ?? 'none', true);
    keeper.refused(await keeper.current());
    await expect(keeper.current()).rejects.toThrow('no answer');
    const renewed = await keeper.current();
    expect(renewed.value).toBe('v2');
    expect(keeper.refused(renewed)).toBe('final');
  });
});

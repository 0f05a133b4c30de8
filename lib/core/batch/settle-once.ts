import type { SettleOnce } from '../ports/stage-ports.ts';
import type { LedgerStore } from '../ports/stores.ts';
import { settleAll } from './settle.ts';

/** The plain form of {@link SettleOnce}: what the wrapper of the real model call must not be told from. */
export const settleOnce =
  (claims: LedgerStore): SettleOnce =>
  async ({ item }, body) => {
    const transition = await body();
    const [written] = await settleAll(claims, [{ key: item.key, transition, seen: item }]);
    return written ?? { kind: 'unavailable', cause: new Error('the store gave no answer') };
  };

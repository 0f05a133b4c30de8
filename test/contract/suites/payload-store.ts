import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestOf } from '../../../lib/core/digest.ts';
import type { PayloadRead, PayloadStore, PayloadStored } from '../../../lib/core/ports/payload-store.ts';
import { bytesOf } from '../../../lib/core/record.ts';
import { freshNames } from './fresh-names.ts';

export interface PayloadStoreSubject {
  readonly payloads: PayloadStore;
  /** A second connection to the same objects. */
  another(): Promise<PayloadStore>;
  /** What does not answer any more. */
  unreachable(): Promise<PayloadStore>;
  close(): Promise<void>;
}

/** What every payload store must do, embedded or real. */
export const payloadStoreSuite = (name: string, open: () => Promise<PayloadStoreSubject>): void => {
  describe(`${name}: a payload store`, () => {
    let subject: PayloadStoreSubject;
    let payloads: PayloadStore;
    const newName = freshNames('object');
    const newKey = (): string => `tiny/action/${digestOf(newName())}/${digestOf('content')}`;
    const put = (key: string, body: Uint8Array, store = payloads): Promise<PayloadStored> =>
      store.put(key, body, digestOf(body));
    const contents = (read: PayloadRead): unknown => (read.kind === 'read' ? [...read.body] : read);
    beforeAll(async () => {
      subject = await open();
      payloads = subject.payloads;
    });
    afterAll(() => subject.close());

    it('gives back every byte, also to others', async () => {
      const key = newKey();
      const body = Uint8Array.from({ length: 256 }, (_, index) => index);
      expect(await put(key, body)).toEqual({ kind: 'stored' });
      expect(contents(await payloads.get(key))).toEqual([...body]);
      expect(contents(await (await subject.another()).get(key))).toEqual([...body]);
    });

    it('takes what no item would: 6 MB', async () => {
      const key = newKey();
      const body = new Uint8Array(6_000_000).fill(7);
      expect(await put(key, body)).toEqual({ kind: 'stored' });
      const read = await payloads.get(key);
      expect(read.kind === 'read' && digestOf(read.body)).toBe(digestOf(body));
    });

    it('takes the same again', async () => {
      const key = newKey();
      await put(key, bytesOf('content'));
      expect(await put(key, bytesOf('content'))).toEqual({ kind: 'stored' });
      expect(contents(await payloads.get(key))).toEqual([...bytesOf('content')]);
    });

    it('says that there is none', async () => {
      await put(newKey(), bytesOf('of another'));
      expect(await payloads.get(newKey())).toEqual({ kind: 'missing' });
    });

    it('answers that it cannot be reached, and does not throw', async () => {
      const gone = await subject.unreachable();
      const key = newKey();
      expect(await put(key, bytesOf('content'), gone)).toMatchObject({ kind: 'unavailable' });
      expect(await gone.get(key)).toMatchObject({ kind: 'unavailable' });
    });
  });
};

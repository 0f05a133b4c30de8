import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OperationsStore, Read, Reservation } from '../../../lib/core/ports/stores.ts';
import { epochMsOf } from '../../../lib/core/units.ts';
import { freshNames } from './fresh-names.ts';

export interface OperationsStoreSubject {
  readonly operations: OperationsStore;
  /** A second connection to the operations of the same pipeline. */
  another(): Promise<OperationsStore>;
  /** The operations of another pipeline in the same place. */
  ofAnotherPipeline(): Promise<OperationsStore>;
  /** Lets time pass on the store's own clock, and no less than that. */
  elapse(ms: number): Promise<void>;
  close(): Promise<void>;
}

const MINUTE_MS = 60_000;

const valueOf = <Value>(answer: Read<Value>): Value => {
  if (answer.kind !== 'read') throw new Error(`expected an answer, got ${answer.kind}`);
  return answer.value;
};

/** What every store of operations must do, embedded or real. */
export const operationsStoreSuite = (name: string, open: () => Promise<OperationsStoreSubject>): void => {
  describe(`${name}: an operations store`, () => {
    let subject: OperationsStoreSubject;
    let operations: OperationsStore;
    const newName = freshNames('name');
    beforeAll(async () => {
      subject = await open();
      operations = subject.operations;
    });
    afterAll(() => subject.close());

    describe('the kill switch', () => {
      it('is off until it is set, and is seen by every connection', async () => {
        const stage = newName();
        const another = await subject.another();
        expect(await operations.paused(stage)).toEqual({ kind: 'read', value: false });
        await operations.setPaused(stage, true);
        expect(await another.paused(stage)).toEqual({ kind: 'read', value: true });
        await another.setPaused(stage, false);
        expect(await operations.paused(stage)).toEqual({ kind: 'read', value: false });
      });

      it('stops one stage of one pipeline', async () => {
        const stage = newName();
        const others = await subject.ofAnotherPipeline();
        await operations.setPaused(stage, true);
        expect(valueOf(await operations.paused(newName()))).toBe(false);
        expect(valueOf(await others.paused(stage))).toBe(false);
      });
    });

    describe('limits', () => {
      const reserve = async (
        limit: string,
        perMinute: number,
        want: number,
        store = operations,
      ): Promise<Reservation> => valueOf(await store.reserve(limit, perMinute, want));
      /** At the beginning of a minute of the store's clock, so that a test does not run over its end. */
      const nextMinute = async (): Promise<void> =>
        subject.elapse((await reserve(newName(), 1, 0)).resetsInMs);

      it('grants what is left of the minute, and no more', async () => {
        await nextMinute();
        const limit = newName();
        expect((await reserve(limit, 10, 4)).granted).toBe(4);
        expect((await reserve(limit, 10, 4)).granted).toBe(4);
        expect((await reserve(limit, 10, 4)).granted).toBe(2);
        expect((await reserve(limit, 10, 4)).granted).toBe(0);
      });

      it('only looks where nothing is wanted', async () => {
        await nextMinute();
        const limit = newName();
        expect((await reserve(limit, 10, 0)).granted).toBe(10);
        expect((await reserve(limit, 10, 7)).granted).toBe(7);
        expect((await reserve(limit, 10, 0)).granted).toBe(3);
        expect((await reserve(limit, 10, 0)).granted).toBe(3);
        expect((await reserve(limit, 10, 5)).granted).toBe(3);
        expect((await reserve(limit, 10, 0)).granted).toBe(0);
      });

      it('begins anew with the next minute, and says when that is', async () => {
        await nextMinute();
        const limit = newName();
        const { granted, resetsInMs } = await reserve(limit, 5, 9);
        expect(granted).toBe(5);
        expect(resetsInMs).toBeGreaterThan(0);
        expect(resetsInMs).toBeLessThanOrEqual(MINUTE_MS);
        await subject.elapse(resetsInMs);
        expect((await reserve(limit, 5, 9)).granted).toBe(5);
      });

      it('grants nothing more where the limit was lowered below what is reserved', async () => {
        await nextMinute();
        const limit = newName();
        await reserve(limit, 10, 8);
        expect((await reserve(limit, 5, 0)).granted).toBe(0);
        expect((await reserve(limit, 5, 1)).granted).toBe(0);
      });

      it('is shared by all connections of a pipeline and by nobody else', async () => {
        await nextMinute();
        const limit = newName();
        const stores = [operations, await subject.another(), await subject.another()];
        const others = await subject.ofAnotherPipeline();
        const granted = await Promise.all(
          Array.from({ length: 30 }, (_, index) => reserve(limit, 50, 2, stores[index % stores.length])),
        );
        expect(granted.reduce((sum, one) => sum + one.granted, 0)).toBe(50);
        expect((await reserve(limit, 50, 0, others)).granted).toBe(50);
        expect((await reserve(newName(), 50, 0)).granted).toBe(50);
      });
    });

    describe('epochs', () => {
      it('registers the first id it sees of a topic, and keeps it', async () => {
        const topic = newName();
        const first = valueOf(await operations.epoch(topic, 'id-1'));
        expect(first.topicId).toBe('id-1');
        expect(await operations.epoch(topic, 'id-2')).toEqual({ kind: 'read', value: first });
        expect(await (await subject.another()).epoch(topic, 'id-3')).toEqual({ kind: 'read', value: first });
      });

      it('counts on when another id is declared, and only then', async () => {
        const topic = newName();
        const first = valueOf(await operations.epoch(topic, 'id-1'));
        const second = await operations.declareEpoch(topic, 'id-2');
        expect(second).toEqual({ topicId: 'id-2', epoch: first.epoch + 1 });
        expect(await operations.declareEpoch(topic, 'id-2')).toEqual(second);
        expect(valueOf(await operations.epoch(topic, 'id-1'))).toEqual(second);
        expect(await operations.declareEpoch(topic, 'id-1')).toEqual({
          topicId: 'id-1',
          epoch: first.epoch + 2,
        });
      });

      it('declares a topic that was never seen, and keeps pipelines apart', async () => {
        const topic = newName();
        const others = await subject.ofAnotherPipeline();
        const declared = await operations.declareEpoch(topic, 'id-1');
        expect(valueOf(await operations.epoch(topic, 'id-1'))).toEqual(declared);
        expect(valueOf(await others.epoch(topic, 'id-2')).topicId).toBe('id-2');
      });
    });

    describe('the audit trail', () => {
      it('answers the newest entries first', async () => {
        const trail = await subject.ofAnotherPipeline();
        const entries = [3, 1, 2].map((at) => ({
          at: epochMsOf(at),
          who: `operator-${at}`,
          what: 'pause action',
          why: '',
        }));
        for (const entry of entries) await trail.audit(entry);
        expect(await trail.audits(10)).toEqual(entries.toReversed());
        expect(await trail.audits(2)).toEqual(entries.toReversed().slice(0, 2));
        expect(await operations.audits(10)).toEqual([]);
      });
    });
  });
};

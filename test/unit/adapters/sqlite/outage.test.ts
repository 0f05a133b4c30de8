import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import type { Embedded } from '../../../../lib/adapters/sqlite/embedded.ts';
import { TransientError } from '../../../../lib/core/errors.ts';
import { claim } from '../../../../lib/core/ledger/transitions.ts';
import { epochMsOf } from '../../../../lib/core/units.ts';
import { temporaryEmbeddedFolder } from '../../../support/embedded-folder.ts';
import { claimedItem } from '../../../support/ledger-arbitrary.ts';

const observation = {
  context: 'weather',
  key: 'JFK',
  eventTime: epochMsOf(1),
  epoch: 1,
  offset: 1,
  id: 'o',
  digest: 'd',
  body: '{}',
};
const at = { topic: 't', topicId: 'id', partition: 0, offset: 0 };
const audit = { at: epochMsOf(0), who: 'me', what: 'pause', why: 'test' };

const outage = (): Embedded => {
  const state = temporaryEmbeddedFolder();
  const embedded = state.open();
  embedded.close();
  return embedded;
};

describe('where the database does not answer', () => {
  it.each<readonly [string, (embedded: Embedded) => Promise<readonly { readonly kind: string }[]>]>([
    ['rows.read', ({ rows }) => rows.read(['a', 'b'])],
    [
      'rows.write',
      ({ rows }) =>
        rows.write(['a', 'b'].map((entity) => ({ entity, expected: null, row: { body: '', digest: '' } }))),
    ],
    ['context.observe', ({ context }) => context.observe([observation, observation])],
    [
      'context.newest',
      ({ context }) => context.newest(['a', 'b'].map((key) => ({ ...observation, key, at: epochMsOf(1) }))),
    ],
    ['claims.read', ({ claims }) => claims.read(['a', 'b'])],
    [
      'effects.apply',
      ({ effects }) => effects.apply(['a', 'b'].map((key) => ({ key, transition: claim(claimedItem(key)) }))),
    ],
    [
      'operations.paused',
      async ({ operations }) => [await operations.paused('action'), await operations.paused('action')],
    ],
    [
      'operations.reserve',
      async ({ operations }) => [await operations.reserve('l', 1, 0), await operations.reserve('l', 1, 1)],
    ],
    [
      'operations.epoch',
      async ({ operations }) => [await operations.epoch('t', 'a'), await operations.epoch('t', 'b')],
    ],
  ])('%s answers each request with `unavailable` and never rejects', async (_, call) => {
    const answers = await call(outage());
    expect(answers).toEqual([
      { kind: 'unavailable', cause: expect.objectContaining({ code: 'STORE_UNAVAILABLE' }) as unknown },
      { kind: 'unavailable', cause: expect.objectContaining({ code: 'STORE_UNAVAILABLE' }) as unknown },
    ]);
  });

  it('log.produce answers each record with `failed` and never rejects', async () => {
    const record = { topic: 't', key: null, value: null, headers: [] };
    expect(await outage().log.produce([record, record])).toEqual([
      { kind: 'failed', cause: expect.objectContaining({ code: 'LOG_UNAVAILABLE' }) as unknown },
      { kind: 'failed', cause: expect.objectContaining({ code: 'LOG_UNAVAILABLE' }) as unknown },
    ]);
  });

  it.each<readonly [string, (embedded: Embedded) => Promise<unknown>]>([
    ['log.topicIds', ({ log }) => log.topicIds(['t'])],
    [
      'log.createTopics',
      ({ log }) => log.createTopics([{ name: 't', partitions: 1, retentionMs: 1, maxRecordBytes: 1 }]),
    ],
    ['log.deleteTopic', ({ log }) => log.deleteTopic('t')],
    ['log.describe', ({ log }) => log.describe('t')],
    ['log.listTopics', ({ log }) => log.listTopics()],
    ['log.read', ({ log }) => log.read({ topic: 't', partition: 0, from: 0, maxRecords: 1, maxBytes: 1 })],
    ['log.offsets', ({ log }) => log.offsets('t')],
    ['log.offsetsAt', ({ log }) => log.offsetsAt('t', epochMsOf(0))],
    ['log.enforceRetention', ({ log }) => log.enforceRetention(epochMsOf(0))],
    ['groups.committed', ({ groups }) => groups.committed('g')],
    ['groups.commit', ({ groups }) => groups.commit('g', [{ topic: 't', partition: 0, offset: 0 }])],
    ['groups.listGroups', ({ groups }) => groups.listGroups()],
    ['groups.state', ({ groups }) => groups.state('g')],
    [
      'membership.join',
      ({ membership }) => membership.join({ group: 'g', topic: 't', assigned: () => {}, revoked: () => {} }),
    ],
    ['context.forget', ({ context }) => context.forget('weather', 1)],
    ['claims.list', ({ claims }) => claims.list({ states: ['DONE'], limit: 1 })],
    ['claims.expire', ({ claims }) => claims.expire(epochMsOf(0))],
    ['operations.setPaused', ({ operations }) => operations.setPaused('action', true)],
    ['operations.declareEpoch', ({ operations }) => operations.declareEpoch('t', 'id')],
    ['operations.audit', ({ operations }) => operations.audit(audit)],
    ['operations.audits', ({ operations }) => operations.audits(1)],
    ['verdicts.record', ({ verdicts }) => verdicts.record('features', [{ at, verdict: { kind: 'done' } }])],
    ['verdicts.countByStage', ({ verdicts }) => verdicts.countByStage()],
  ])('%s rejects with TransientError', async (_, call) => {
    await expect(call(outage())).rejects.toBeInstanceOf(TransientError);
  });
});

it('a statement of a batch fails alone', async () => {
  const state = temporaryEmbeddedFolder();
  const { rows, claims } = state.open();
  const connection = new DatabaseSync(join(state.folder, 'freshet.db'));
  connection.exec(`
    CREATE TRIGGER refuse_row BEFORE INSERT ON rows WHEN NEW.entity = 'b' BEGIN SELECT RAISE(ABORT, 'no'); END;
    CREATE TRIGGER refuse_claim BEFORE INSERT ON claims WHEN NEW.key = 'b' BEGIN SELECT RAISE(ABORT, 'no'); END`);
  connection.close();
  const row = { body: '{}', digest: 'd' };
  const written = await rows.write(['a', 'b', 'c'].map((entity) => ({ entity, expected: null, row })));
  expect(written.map(({ kind }) => kind)).toEqual(['applied', 'unavailable', 'applied']);
  const claimed = await claims.apply(
    ['a', 'b', 'c'].map((key) => ({ key, transition: claim(claimedItem(key)) })),
  );
  expect(claimed.map(({ kind }) => kind)).toEqual(['applied', 'unavailable', 'applied']);
  const kept = await claims.read(['a', 'b', 'c']);
  expect(kept.map((answer) => answer.kind === 'read' && answer.value?.key)).toEqual(['a', undefined, 'c']);
});

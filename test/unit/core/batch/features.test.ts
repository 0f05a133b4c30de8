import { describe, expect, it } from 'vitest';
import type { ResolvedContract } from '../../../../lib/core/contract/resolved.ts';
import type { OutputRecord } from '../../../../lib/core/record.ts';
import { bytesOf } from '../../../../lib/core/record.ts';
import { openRow, type Row } from '../../../../lib/core/rows/row.ts';
import { epochMsOf, toIso } from '../../../../lib/core/units.ts';
import { StageBench } from '../../../support/stage-bench.ts';
import { arriving, bodyOf, headerOf, NOW, reading, topics } from '../../../support/stage-records.ts';
import { tinyContract } from '../../../support/tiny-contract.ts';

const withFeatures = (different: Partial<ResolvedContract['features']>): StageBench =>
  new StageBench({ features: { ...tinyContract().features, ...different } });

const rowOf = ({ rows }: StageBench, entity = 'a'): Row | undefined => {
  const stored = rows.rows.get(entity);
  return stored && openRow(stored, entity, 1);
};

/** Offset of the fence, the number of events folded, offsets of the holes. */
const standing = (bench: StageBench, entity = 'a') => {
  const row = rowOf(bench, entity);
  return row && [row.fence.at(-1)?.offset, row.version, row.holes.map(({ offset }) => offset)];
};

const vectors = ({ producer }: StageBench): readonly OutputRecord[] =>
  producer.out.filter(({ topic }) => topic === topics.vectors);
const letters = ({ producer }: StageBench): readonly OutputRecord[] =>
  producer.out.filter(({ topic }) => topic === topics.sourceLetters);

const broken = (offset: number, sensor = 'a') =>
  reading(offset, { sensor, value: 'much' as unknown as number });

describe('a batch of events', () => {
  it('is folded in order, entity by entity, and emitted with what each vector was made from', async () => {
    const bench = new StageBench();
    const result = await bench.features([reading(1), reading(2, { sensor: 'b' }), reading(3)]);
    expect(result).toEqual({ verdicts: ['done', 'done', 'done'], unfinished: [] });
    expect(vectors(bench).map((vector) => [headerOf(vector, 'ce_sequence'), bodyOf(vector)])).toEqual([
      ['1', { mean: 1 }],
      ['2', { mean: 2 }],
      ['1', { mean: 1 }],
    ]);
    expect([standing(bench), standing(bench, 'b')]).toEqual([
      [3, 2, []],
      [2, 1, []],
    ]);
    expect(bench.report.freshness.map(({ totalMs, good }) => [totalMs, good])).toEqual([
      [150, true],
      [150, true],
      [150, true],
    ]);
    expect(bench.report.emitted).toBe(3);
  });

  it('is measured until its outputs are acknowledged, segment by segment', async () => {
    const bench = new StageBench();
    bench.producer.answer = () => {
      bench.clock.advance(30);
      return undefined;
    };
    bench.rows.before = () => bench.clock.advance(500);
    await bench.features([reading(1)], { receivedAt: epochMsOf(NOW - 20) });
    expect(bench.report.freshness).toEqual([
      {
        totalMs: 180,
        segmentsMs: { append: 50, receive: 80, process: 20, external: 0, emit: 30 },
        good: true,
      },
    ]);
  });

  it('that comes again is fenced, and changes and emits nothing', async () => {
    const bench = new StageBench();
    await bench.features([reading(1), reading(2)]);
    const row = bench.rows.rows.get('a');
    expect((await bench.features([reading(1), reading(2)])).verdicts).toEqual(['fenced', 'fenced']);
    expect(bench.rows.rows.get('a')).toEqual(row);
    expect(vectors(bench)).toHaveLength(2);
    expect(bench.report.freshness).toEqual([]);
  });

  it('gives the same rows however it is cut', async () => {
    const records = Array.from({ length: 12 }, (_, offset) => reading(offset, { value: offset % 5 }));
    const whole = new StageBench();
    await whole.features(records);
    const cut = new StageBench();
    for (const record of records) await cut.features([record]);
    expect(cut.rows.rows).toEqual(whole.rows.rows);
    const bytesAndIds = (bench: StageBench) =>
      vectors(bench).map((vector) => [
        headerOf(vector, 'ce_id'),
        headerOf(vector, 'ce_rowdigest'),
        bodyOf(vector),
      ]);
    expect(bytesAndIds(cut)).toEqual(bytesAndIds(whole));
  });

  it('may have events that change state alone, and types that are of no interest', async () => {
    const bench = new StageBench();
    const moved = reading(1, { headers: [{ name: 'ce_type', value: bytesOf('moved') }] });
    const painted = arriving(2, {
      headers: [{ name: 'ce_type', value: bytesOf('painted') }],
      value: bytesOf('-'),
    });
    expect((await bench.features([{ ...moved }, painted])).verdicts).toEqual([
      'state-only',
      'ignored(painted)',
    ]);
    expect(standing(bench)).toEqual([1, 1, []]);
  });

  it('folds a producer’s duplicate once, though its offset is new', async () => {
    const bench = new StageBench();
    expect((await bench.features([reading(1), reading(2, { id: 'e1' })])).verdicts).toEqual([
      'done',
      'fenced',
    ]);
    expect((await bench.features([reading(3, { id: 'e1' })])).verdicts).toEqual(['fenced']);
    expect(standing(bench)).toEqual([3, 1, []]);
  });

  it('takes another payload under a known identity for a conflict, with a hole', async () => {
    const bench = new StageBench();
    const { verdicts } = await bench.features([reading(1), reading(2, { id: 'e1', value: 9 }), reading(3)]);
    expect(verdicts).toEqual(['done', 'dead-lettered(identity-conflict)', 'done']);
    expect(standing(bench)).toEqual([3, 2, [2]]);
    expect(bench.report.bad).toBe(1);
  });
});

describe('emit before advance', () => {
  it('leaves the row where an output is not in the log, and everything of the entity after it', async () => {
    const bench = new StageBench();
    bench.producer.answer = (record) =>
      headerOf(record, 'ce_sequence') === '2' ? { kind: 'failed', cause: new Error('no leader') } : undefined;
    const batch = [reading(1), reading(2), reading(3), reading(4, { sensor: 'b' })];
    expect(await bench.features(batch)).toEqual({
      verdicts: ['done', 'retry(not-produced)', 'retry(behind-unsettled)', 'done'],
      unfinished: [2, 3, 4],
    });
    expect(standing(bench)).toEqual([1, 1, []]);
    bench.producer.answer = () => undefined;
    expect((await bench.features(batch.slice(1))).verdicts).toEqual(['done', 'done', 'fenced']);
    expect(standing(bench)).toEqual([3, 3, []]);
  });

  it('makes the same outputs again where the row could not be written', async () => {
    const bench = new StageBench();
    bench.rows.fault = () => 'down';
    expect((await bench.features([reading(1)])).verdicts).toEqual(['retry(store-unavailable)']);
    bench.rows.fault = () => undefined;
    expect((await bench.features([reading(1)])).verdicts).toEqual(['done']);
    const [first, second] = vectors(bench);
    expect(first && [headerOf(first, 'ce_id'), first.value]).toEqual(
      second && [headerOf(second, 'ce_id'), second.value],
    );
  });

  it('looks up a row whose write had no answer', async () => {
    const bench = new StageBench();
    bench.rows.fault = () => 'lost';
    expect((await bench.features([reading(1)])).verdicts).toEqual(['done']);
  });

  it('reads and folds again where another worker was faster', async () => {
    const bench = new StageBench();
    const other = new StageBench();
    await other.features([reading(1)]);
    let isFirst = true;
    bench.rows.before = ({ entity }) => {
      const theirs = other.rows.rows.get(entity);
      if (isFirst && theirs) bench.rows.rows.set(entity, theirs);
      isFirst = false;
    };
    expect((await bench.features([reading(1), reading(2)])).verdicts).toEqual(['fenced', 'done']);
    expect(standing(bench)).toEqual([2, 2, []]);
  });

  it('gives a row up for now that others change all the time', async () => {
    const bench = new StageBench();
    let theirs = 100;
    bench.rows.before = ({ entity }) => {
      theirs += 1;
      bench.rows.rows.set(entity, {
        body: `{"fence":[],"foldVersion":1,"holes":[],"recentIds":[],"state":{"count":0},"version":${theirs}}`,
        digest: String(theirs),
      });
    };
    expect((await bench.features([reading(1)])).verdicts).toEqual(['retry(store-unavailable)']);
  });

  it('waits for a row that cannot be read, and for nobody else’s', async () => {
    const bench = new StageBench();
    bench.rows.readFault = () => true;
    expect((await bench.features([reading(1), arriving(2, { key: null })])).verdicts).toEqual([
      'retry(store-unavailable)',
      'ignored(tombstone)',
    ]);
    expect(bench.clock.waits).toEqual([1_000]);
  });
});

describe('a letter', () => {
  it('leaves a hole in the row of its key, made if needed', async () => {
    const bench = new StageBench();
    expect((await bench.features([broken(1, 'c')])).verdicts).toEqual(['dead-lettered(schema)']);
    expect(standing(bench, 'c')).toEqual([1, 0, [1]]);
    expect(letters(bench).map((letter) => headerOf(letter, 'freshet.reason'))).toEqual(['schema']);
    expect((await bench.features([broken(1, 'c')])).verdicts).toEqual(['fenced']);
    expect(letters(bench)).toHaveLength(1);
  });

  it('that cannot be written holds back what is behind it', async () => {
    const bench = new StageBench();
    bench.producer.answer = ({ topic }) =>
      topic === topics.sourceLetters ? { kind: 'failed', cause: new Error('no leader') } : undefined;
    expect(await bench.features([broken(1), reading(2)])).toEqual({
      verdicts: ['retry(not-produced)', 'retry(behind-unsettled)'],
      unfinished: [1, 2],
    });
    expect(standing(bench)).toBe(undefined);
    expect(bench.report.bad).toBe(0);
  });

  it('goes without its value where the broker refuses it for its size', async () => {
    const bench = new StageBench();
    bench.producer.answer = ({ topic, value }) =>
      topic === topics.sourceLetters && value !== null
        ? { kind: 'too-large', sizeBytes: 9, limitBytes: 8 }
        : undefined;
    const loose = arriving(2, { key: null, value: bytesOf('{'), headers: reading(0).headers });
    expect((await bench.features([broken(1), loose])).verdicts).toEqual([
      'dead-lettered(schema)',
      'dead-lettered(not-json)',
    ]);
    expect(letters(bench).every((letter) => headerOf(letter, 'freshet.truncated') !== undefined)).toBe(true);
    expect(bench.report.bad).toBe(2);
  });

  it('of a record without a key has no fence', async () => {
    const bench = new StageBench();
    const record = { ...reading(1), key: null };
    for (let delivery = 0; delivery < 2; delivery += 1)
      expect((await bench.features([record])).verdicts).toEqual(['dead-lettered(key-missing)']);
    expect(letters(bench)).toHaveLength(2);
    expect(new Set(letters(bench).map((letter) => headerOf(letter, 'freshet.letter.id'))).size).toBe(1);
    expect(bench.rows.rows.size).toBe(0);
  });

  it.each<readonly [string, string, StageBench['on'][string]]>([
    [
      'throws',
      'function-threw',
      {
        fold: () => {
          throw new Error('a bug');
        },
      },
    ],
    ['returns another state', 'output-mismatch', { fold: () => ({ count: 'many' }) }],
    [
      'returns a state that JSON cannot hold',
      'function-threw',
      { fold: () => ({ count: 1, mean: Number.NaN }) },
    ],
    ['emits another vector', 'output-mismatch', { fold: (state) => state, emit: () => ({ mean: null }) }],
    [
      'emits what JSON cannot hold',
      'function-threw',
      { fold: (state) => state, emit: () => ({ mean: 1, at: new Date() }) },
    ],
    [
      'emits too much',
      'oversize',
      { fold: (state) => state, emit: () => ({ mean: 1, note: 'ä'.repeat(490_000) }) },
    ],
    ['grows its row beyond the limit', 'oversize', { fold: () => ({ count: 1, note: 'x'.repeat(360_000) }) }],
  ])('comes of a function that %s (%s), which folds nothing', async (_, reason, handler) => {
    const bench = new StageBench();
    bench.on = { ...bench.on, moved: bench.on['read'] ?? handler, read: handler };
    const good = reading(2, {
      headers: reading(2).headers.map((header) =>
        header.name === 'ce_type' ? { name: 'ce_type', value: bytesOf('moved') } : header,
      ),
    });
    expect((await bench.features([reading(1), good])).verdicts).toEqual([`dead-lettered(${reason})`, 'done']);
    expect(standing(bench)).toEqual([2, 1, [1]]);
    expect(rowOf(bench)?.state).toBe('{"count":1}');
  });

  it('comes of vectors that the broker refuses for their size, and the rest is folded without them', async () => {
    const bench = new StageBench();
    bench.producer.answer = (record) =>
      record.topic === topics.vectors && headerOf(record, 'ce_causationid') === '/plant#e1'
        ? { kind: 'too-large', sizeBytes: 9, limitBytes: 8 }
        : undefined;
    expect((await bench.features([reading(1), reading(2)])).verdicts).toEqual([
      'dead-lettered(oversize)',
      'done',
    ]);
    expect(standing(bench)).toEqual([2, 1, [1]]);
  });
});

describe('a function that is not pure', () => {
  it('and changes its state in place changes no other entity, and nothing that is refused', async () => {
    const bench = new StageBench();
    let calls = 0;
    bench.on = {
      ...bench.on,
      read: {
        fold: (state) => {
          const own = state as { count: number };
          own.count += 1;
          calls += 1;
          if (calls === 2) throw new Error('after the change');
          return own;
        },
        emit: ({ state }) => {
          const own = state as { count: number };
          own.count += 100;
          return { mean: own.count };
        },
      },
    };
    const { verdicts } = await bench.features([reading(1), reading(2), reading(3, { sensor: 'b' })]);
    expect(verdicts).toEqual(['done', 'dead-lettered(function-threw)', 'done']);
    expect([rowOf(bench)?.state, rowOf(bench, 'b')?.state]).toEqual(['{"count":1}', '{"count":1}']);
  });
});

describe('a redrive', () => {
  const mended = reading(1);

  it('is admitted through its hole alone, and closes it', async () => {
    const bench = new StageBench();
    await bench.features([broken(1), reading(2)]);
    const redrive = { number: 1, topicId: `id-of-${topics.source}` };
    expect((await bench.features([mended], { redrive })).verdicts).toEqual(['done']);
    expect(standing(bench)).toEqual([2, 2, []]);
    expect((await bench.features([mended], { redrive })).verdicts).toEqual(['fenced']);
    expect(bench.telemetry.reports.slice(1).map(({ freshness, bad }) => [freshness.length, bad])).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  it('fails again under the next number, through the same hole', async () => {
    const bench = new StageBench();
    await bench.features([broken(1), reading(2)]);
    const topicId = `id-of-${topics.source}`;
    expect((await bench.features([broken(1)], { redrive: { number: 1, topicId } })).verdicts).toEqual([
      'dead-lettered(schema)',
    ]);
    expect(letters(bench).map((letter) => headerOf(letter, 'freshet.redrive'))).toEqual(['0', '1']);
    expect(rowOf(bench)?.holes).toMatchObject([{ offset: 1, redrive: 1 }]);
    expect((await bench.features([mended], { redrive: { number: 1, topicId } })).verdicts).toEqual([
      'fenced',
    ]);
    expect((await bench.features([mended], { redrive: { number: 2, topicId } })).verdicts).toEqual(['done']);
  });

  it('of the topic that stood there before goes through no hole of this one', async () => {
    const bench = new StageBench();
    await bench.features([broken(1), reading(2)]);
    const { verdicts } = await bench.features([mended], { redrive: { number: 1, topicId: 'another' } });
    expect(verdicts).toEqual(['retry(in-flight)']);
  });

  it('of a hole that was evicted is fenced', async () => {
    const bench = withFeatures({ holes: 1 });
    await bench.features([broken(1), broken(2)]);
    expect(standing(bench)).toEqual([2, 0, [2]]);
    const redrive = { number: 1, topicId: `id-of-${topics.source}` };
    expect((await bench.features([mended], { redrive })).verdicts).toEqual(['fenced']);
  });

  it('finds no hole where the contract wants none', async () => {
    const bench = withFeatures({ holes: 0 });
    await bench.features([broken(1)]);
    expect(standing(bench)).toEqual([1, 0, []]);
  });

  it('of a type that the contract ignores by now closes its hole', async () => {
    const strict = tinyContract().source;
    const bench = new StageBench({ source: { ...strict, unknown: 'dead-letter' } });
    const painted = arriving(1, {
      headers: [{ name: 'ce_type', value: bytesOf('painted') }],
      value: bytesOf('{}'),
    });
    expect((await bench.features([painted])).verdicts).toEqual(['dead-lettered(unknown-type)']);
    const lenient = new StageBench();
    lenient.rows.rows.set('a', bench.rows.rows.get('a') ?? { body: '', digest: '' });
    const redrive = { number: 1, topicId: `id-of-${topics.source}` };
    expect((await lenient.features([painted], { redrive })).verdicts).toEqual(['ignored(painted)']);
    expect(standing(lenient)).toEqual([1, 0, []]);
  });
});

describe('the fence', () => {
  it('knows the topic’s id: what another topic of that name holds at the same offset is new', async () => {
    const bench = new StageBench();
    await bench.features([reading(1)]);
    bench.topicIds.set(topics.source, 'recreated');
    await expect(bench.features([reading(1)])).rejects.toMatchObject({ code: 'TOPIC_RECREATED' });
    await bench.operations.declareEpoch(topics.source, 'recreated');
    expect((await bench.features([reading(1, { id: 'fresh' })])).verdicts).toEqual(['done']);
    expect(rowOf(bench)?.fence.map(({ topicId, offset }) => [topicId, offset])).toEqual([
      [`id-of-${topics.source}`, 1],
      ['recreated', 1],
    ]);
  });

  it('stops where rows were folded by another version', async () => {
    const bench = new StageBench();
    await bench.features([reading(1)]);
    const later = withFeatures({ foldVersion: 2 });
    later.rows.rows.set('a', bench.rows.rows.get('a') ?? { body: '', digest: '' });
    await expect(later.features([reading(2)])).rejects.toMatchObject({ code: 'FOLD_VERSION_CHANGED' });
  });
});

describe('context', () => {
  const observed = (bench: StageBench, eventTime: number, body = '{"sensor":"a"}'): void => {
    bench.context.observations.set(String(eventTime), {
      context: 'climate',
      key: 'a',
      eventTime: epochMsOf(eventTime),
      epoch: 0,
      offset: 0,
      id: '/weather#w1',
      digest: '0123456789abcdef0000',
      body,
    });
  };
  const hour = 3_600_000;

  it.each([
    ['is fresh up to its greatest age', NOW - 2 * hour, undefined],
    ['is stale beyond it', NOW - 2 * hour - 1, 'climate:stale'],
    ['is stale up to the end of its history', NOW - 6 * hour, 'climate:stale'],
    ['is missing beyond that, whether a store still has it or not', NOW - 6 * hour - 1, 'climate:missing'],
    ['is missing where all of it is of the future', NOW + 1, 'climate:missing'],
    ['may be of the very moment', NOW, undefined],
  ])('%s', async (_, eventTime, flags) => {
    const bench = new StageBench();
    observed(bench, eventTime);
    await bench.features([reading(1)]);
    const [vector] = vectors(bench);
    expect(vector && headerOf(vector, 'ce_flags')).toBe(flags);
    expect(vector && headerOf(vector, 'ce_contextseen')).toBe(
      flags === 'climate:missing'
        ? undefined
        : `climate=${toIso(epochMsOf(eventTime))}/0123456789abcdef/${encodeURIComponent('/weather#w1')}`,
    );
  });

  it('is the newest that is not after the event’s own time, however late the event comes', async () => {
    const bench = new StageBench();
    const seen: unknown[] = [];
    bench.on = {
      ...bench.on,
      read: {
        fold: (state) => state,
        emit: ({ context }) => {
          seen.push(context);
          return { mean: 1 };
        },
      },
    };
    observed(bench, NOW - 3 * hour, '{"n":1}');
    observed(bench, NOW - 2 * hour, '{"n":2}');
    observed(bench, NOW - 1 * hour, '{"n":3}');
    await bench.features([reading(1, { at: toIso(epochMsOf(NOW - 90 * 60_000)) })]);
    expect(seen).toEqual([{ climate: { status: 'fresh', value: { n: 2 }, ageMs: 30 * 60_000 } }]);
  });

  it('that does not answer stops the entity, and no state is advanced past it', async () => {
    const bench = new StageBench();
    bench.context.isDown = () => true;
    const moved = reading(3, { headers: [{ name: 'ce_type', value: bytesOf('moved') }] });
    expect((await bench.features([reading(1), reading(2), moved])).verdicts).toEqual([
      'retry(store-unavailable)',
      'retry(behind-unsettled)',
      'retry(behind-unsettled)',
    ]);
    expect(standing(bench)).toBe(undefined);
  });

  it('is not asked for events that emit nothing', async () => {
    const bench = new StageBench();
    bench.context.isDown = () => true;
    const moved = reading(1, { headers: [{ name: 'ce_type', value: bytesOf('moved') }] });
    expect((await bench.features([moved])).verdicts).toEqual(['state-only']);
  });
});

describe('several vectors of one event', () => {
  it('have identities of their own, and are out together or not at all', async () => {
    const bench = new StageBench();
    bench.on = { ...bench.on, read: { fold: (state) => state, emit: () => [{ mean: 1 }, { mean: 2 }] } };
    let isDown = true;
    bench.producer.answer = (record) =>
      isDown && (bodyOf(record) as { readonly mean: number }).mean === 2
        ? { kind: 'failed', cause: new Error('no leader') }
        : undefined;
    expect((await bench.features([reading(1)])).verdicts).toEqual(['retry(not-produced)']);
    isDown = false;
    expect((await bench.features([reading(1)])).verdicts).toEqual(['done']);
    const ids = vectors(bench).map((vector) => headerOf(vector, 'ce_id'));
    expect(ids).toHaveLength(3);
    expect(new Set(ids).size).toBe(2);
  });

  it('may be none', async () => {
    const bench = new StageBench();
    bench.on = { ...bench.on, read: { fold: (state) => state, emit: () => [] } };
    expect((await bench.features([reading(1)])).verdicts).toEqual(['state-only']);
  });
});

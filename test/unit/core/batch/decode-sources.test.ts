import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../../lib/core/digest.ts';
import type { DecodedValue, ValueDecoder } from '../../../../lib/core/ports/value-decoder.ts';
import { bytesOf, textOf, type SourceRecord } from '../../../../lib/core/record.ts';
import { StageBench } from '../../../support/stage-bench.ts';
import { headerOf, headersOf, NOW, reading, topics } from '../../../support/stage-records.ts';
import { toIso } from '../../../../lib/core/units.ts';

const data = (text: string): DecodedValue => ({
  kind: 'data',
  data: { sensor: text, at: toIso(NOW), value: 1 },
});

/** Reads the name of a sensor; `?` is what it cannot say now, and `!` what nobody can. */
class NameDecoder implements ValueDecoder {
  readonly asked: (readonly string[])[] = [];
  readonly timeoutsMs: number[] = [];

  async decode(values: readonly Uint8Array[], timeoutMs: number): Promise<readonly DecodedValue[]> {
    const texts = values.map(textOf);
    this.asked.push(texts);
    this.timeoutsMs.push(timeoutMs);
    return texts.map((text): DecodedValue => {
      if (text.startsWith('?')) return { kind: 'unavailable', message: 'the registry is down' };
      return text === '!'
        ? { kind: 'refused', reason: 'unknown-schema', message: 'no schema 7' }
        : data(text);
    });
  }
}

const bench = () => {
  const stages = new StageBench();
  const values = new NameDecoder();
  stages.values = values;
  return { stages, values };
};

const written = (offset: number, text: string, more: Partial<SourceRecord> = {}): SourceRecord => ({
  ...reading(offset, { sensor: text.replace('?', '') }),
  value: bytesOf(text),
  ...more,
});

describe('the values of a batch', () => {
  it('are asked for at once, and only those that matter', async () => {
    const { stages, values } = bench();
    const painted = headersOf({ ce_type: 'painted' });
    const told = await stages.features([
      written(1, 'a'),
      written(2, 'a', { value: null }),
      written(3, '?a', { headers: painted }),
      written(4, 'b'),
    ]);
    expect(told.verdicts).toEqual(['done', 'ignored(tombstone)', 'ignored(painted)', 'done']);
    expect(values.asked).toEqual([['a', 'b']]);
  });

  it('may take the time that the invocation does not need to finish', async () => {
    const { stages, values } = bench();
    await stages.features([written(1, 'a')]);
    await stages.observe([written(1, 'a')]);
    expect(values.timeoutsMs).toEqual([28_500, 28_500]);
  });

  it('are judged by the contract’s schema, and known by the digest of their bytes', async () => {
    const { stages } = bench();
    const record = written(1, 'a');
    const told = await stages.features([record, written(2, 'much too long a name', { key: bytesOf('b') })]);
    expect(told.verdicts).toEqual(['done', 'dead-lettered(schema)']);
    const [vector] = stages.producer.out.filter(({ topic }) => topic === topics.vectors);
    expect(vector && headerOf(vector, 'ce_origindigest')).toBe(digestOf(record.value ?? ''));
  });

  it('that can never be decoded are letters with their own bytes, and leave a hole', async () => {
    const { stages } = bench();
    const record = written(1, '!', { key: bytesOf('a') });
    expect((await stages.features([record])).verdicts).toEqual(['dead-lettered(unknown-schema)']);
    const [letter] = stages.producer.out;
    expect(letter).toMatchObject({ topic: topics.sourceLetters, value: record.value });
    expect(letter && headerOf(letter, 'freshet.reason')).toBe('unknown-schema');
    expect(letter && headerOf(letter, '__connect.errors.exception.message')).toBe('no schema 7');
    expect(stages.rows.rows.get('a')?.body).toContain('"holes":[{');
  });
});

describe('a value that cannot be decoded now', () => {
  it('holds up its own entity, and no other', async () => {
    const { stages } = bench();
    const records = [written(1, 'a'), written(2, '?a'), written(3, 'a'), written(4, 'b')];
    const told = await stages.features(records);
    expect(told).toEqual({
      verdicts: ['done', 'retry(registry-unavailable)', 'retry(behind-unsettled)', 'done'],
      unfinished: [2, 3, 4],
    });
    expect(stages.producer.out.map(({ topic }) => topic)).toEqual([topics.vectors, topics.vectors]);
    // Delivered again, with the registry back.
    stages.values = { decode: async (values) => values.map((value) => data(textOf(value).replace('?', ''))) };
    expect((await stages.features(records)).verdicts).toEqual(['fenced', 'done', 'done', 'fenced']);
  });

  it('is behind the fence whatever it is', async () => {
    const { stages } = bench();
    await stages.features([written(5, 'a')]);
    expect((await stages.features([written(4, '?a')])).verdicts).toEqual(['fenced']);
  });

  it('is waited for, so that an outage burns no retries, and told once', async () => {
    const { stages } = bench();
    await stages.features([written(1, '?a'), written(2, '?b')]);
    expect(stages.clock.waits).toEqual([1_000]);
    expect(stages.telemetry.lines).toEqual([
      {
        level: 'warn',
        message: 'values cannot be decoded now: the registry is down',
        fields: { requestId: 'invocation-1', records: 2 },
      },
    ]);
  });

  it('has no letter, also without a key', async () => {
    const { stages } = bench();
    const told = await stages.features([written(1, '?a', { key: null })]);
    expect(told.verdicts).toEqual(['retry(registry-unavailable)']);
    expect(stages.producer.out).toEqual([]);
  });

  it('is retried by a redrive too, whose hole stays', async () => {
    const { stages } = bench();
    await stages.features([written(1, '!', { key: bytesOf('a') })]);
    const redrive = { redrive: { number: 1, topicId: `id-of-${topics.source}` } };
    const again = written(1, '?a');
    expect((await stages.features([again], redrive)).verdicts).toEqual(['retry(registry-unavailable)']);
    stages.values = { decode: async (values) => values.map(() => data('a')) };
    expect((await stages.features([again], redrive)).verdicts).toEqual(['done']);
  });

  it('holds up no other observation of a context', async () => {
    const { stages } = bench();
    const told = await stages.observe([written(1, 'a'), written(2, '?a'), written(3, '!'), written(4, 'b')]);
    expect(told).toEqual({
      verdicts: ['state-only', 'retry(registry-unavailable)', 'dead-lettered(unknown-schema)', 'state-only'],
      unfinished: [2, 3, 4],
    });
  });
});

import { describe, expect, it } from 'vitest';
import type { LedgerItem } from '../../../../lib/core/ledger/item.ts';
import type { ProduceResult } from '../../../../lib/core/ports/event-log.ts';
import { bytesOf, textOf, type OutputRecord } from '../../../../lib/core/record.ts';
import { StageBench } from '../../../support/stage-bench.ts';
import { bodyOf, decision, headerOf, topics, vector } from '../../../support/stage-records.ts';

const tooLarge: ProduceResult = { kind: 'too-large', sizeBytes: 9, limitBytes: 8 };

/** The largest item of DynamoDB, bytes. */
const largestItemBytes = 400 * 1024;

/** Every text of an item; those of stored records have one character for each of their bytes. */
const bytesIn = (value: unknown): number => {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 8;
  return Object.entries(value).reduce((sum, [name, member]) => sum + name.length + bytesIn(member), 0);
};

const lettersIn = ({ producer }: StageBench, topic: string): readonly OutputRecord[] =>
  producer.out.filter((record) => record.topic === topic);

/** A broker that takes nothing that holds a text into a topic. */
const refusing = (bench: StageBench, topic: string, text: string): void => {
  bench.producer.answer = (record) =>
    record.topic === topic && textOf(record.value ?? new Uint8Array()).includes(text) ? tooLarge : undefined;
};

describe('an output that the broker refuses as too large although the contract allows it', () => {
  it('of inference becomes a letter, alone, and its decision stays the one that was made', async () => {
    const bench = new StageBench();
    bench.decide = (input) => ({ warn: true, note: `about ${JSON.stringify(input)}` });
    refusing(bench, topics.decisions, '\\"mean\\":7');
    const records = [vector(1), vector(2, { body: { mean: 7 } }), vector(3)];
    expect(await bench.inference(records)).toEqual({
      verdicts: ['done', 'dead-lettered(oversize)', 'done'],
      unfinished: [],
    });
    const [letter] = lettersIn(bench, topics.vectorLetters);
    expect(letter && bodyOf(letter)).toEqual({ mean: 7 });
    expect(letter && headerOf(letter, '__connect.errors.exception.message')).toContain('max.message.bytes');
    expect([...bench.ledger.items.values()].map(({ state }) => state)).toEqual(['DONE', 'DONE', 'DONE']);
    expect(bench.report).toMatchObject({ bad: 1, emitted: 2 });
  });

  it('is lettered again under the same id by every delivery, and emitted by a redrive once there is room', async () => {
    const bench = new StageBench();
    refusing(bench, topics.outcomes, 'done');
    const offsets = [decision(1)];
    expect((await bench.action(offsets)).verdicts).toEqual(['dead-lettered(oversize)']);
    expect((await bench.action(offsets)).verdicts).toEqual(['dead-lettered(oversize)']);
    const ids = lettersIn(bench, topics.decisionLetters).map((letter) =>
      headerOf(letter, 'freshet.letter.id'),
    );
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
    bench.producer.answer = () => undefined;
    expect((await bench.action(offsets, { redrive: { number: 1 } })).verdicts).toEqual(['done']);
    expect(bench.producer.out.at(-1)).toMatchObject({ topic: topics.outcomes });
    expect(bench.sent).toHaveLength(1);
  });

  it('after a redrive has a letter of its own', async () => {
    const bench = new StageBench();
    bench.answer = () => ({ kind: 'refused', detail: '400' });
    await bench.action([decision(1)]);
    bench.answer = () => ({ kind: 'done', evidence: '201' });
    refusing(bench, topics.outcomes, 'done');
    const redriven = await bench.action([decision(1)], { redrive: { number: 1 } });
    expect(redriven.verdicts).toEqual(['dead-lettered(oversize)']);
    expect(
      lettersIn(bench, topics.decisionLetters).map((letter) => headerOf(letter, 'freshet.redrive')),
    ).toEqual(['0', '1']);
  });

  it('waits where the letter itself is not acknowledged', async () => {
    const bench = new StageBench();
    bench.producer.answer = ({ topic }) =>
      topic === topics.outcomes ? tooLarge : { kind: 'failed', cause: new Error('no leader') };
    expect(await bench.action([decision(1)])).toEqual({ verdicts: ['retry(not-produced)'], unfinished: [1] });
  });
});

describe('an item', () => {
  const large = (bytes: number): string => 'x'.repeat(bytes);

  it.each([
    ['a value', decision(1, { body: { warn: true, note: large(900_000) } })],
    ['headers', decision(1, { extensions: { vector: large(900_000) } })],
    ['a key', { ...decision(1), key: bytesOf(large(900_000)) }],
  ])('of an effect whose decision has %s of 900 kB is no larger than a store takes', async (_, record) => {
    const bench = new StageBench();
    bench.request = () => ({ bell: large(179_000) });
    bench.answer = () => ({ kind: 'refused', detail: large(5_000) });
    expect((await bench.action([record])).verdicts).toEqual(['dead-lettered(refused)']);
    expect(bench.ledger.only.work.kind).toBe('run');
    expect(bytesIn(bench.ledger.only)).toBeLessThan(largestItemBytes);
    const [letter] = lettersIn(bench, topics.decisionLetters);
    expect(Number(letter && headerOf(letter, 'freshet.truncated'))).toBeGreaterThanOrEqual(900_000);
    expect(letter && headerOf(letter, '__connect.errors.offset')).toBe('1');
  });

  it.each<readonly [string, (bench: StageBench) => void]>([
    [
      'request function throws',
      (bench) => {
        bench.request = () => {
          throw new Error(large(500_000));
        };
      },
    ],
    [
      'suppression gives for its reason',
      (bench) => {
        bench.request = () => ({ suppress: large(500_000) });
      },
    ],
    [
      'downstream gives for evidence',
      (bench) => {
        bench.answer = () => ({ kind: 'done', evidence: large(500_000) });
      },
    ],
  ])('is no larger than a store takes, whatever a %s', async (_, tell) => {
    const bench = new StageBench();
    tell(bench);
    await bench.action([decision(1, { body: { warn: true, note: large(150_000) } })]);
    expect(['DONE', 'SUPPRESSED', 'FAILED']).toContain(bench.ledger.only.state);
    expect(bytesIn(bench.ledger.only)).toBeLessThan(largestItemBytes);
    expect(JSON.stringify(bench.ledger.only)).toContain('…[cut, 500000 characters]');
  });

  it('keeps a letter whole that has room', async () => {
    const bench = new StageBench();
    bench.answer = () => ({ kind: 'refused', detail: '400' });
    await bench.action([decision(1, { body: { warn: true, note: large(150_000) } })]);
    const [letter] = lettersIn(bench, topics.decisionLetters);
    expect(letter && headerOf(letter, 'freshet.truncated')).toBe(undefined);
    expect(letter && bodyOf(letter)).toMatchObject({ note: large(150_000) });
  });

  it.each([
    [370_000, 'done', 'DONE'],
    [390_000, 'dead-lettered(oversize)', 'FAILED'],
  ] as const)('of a decision of %d bytes: %s', async (bytes, verdict, state) => {
    const bench = new StageBench();
    bench.decide = () => ({ warn: true, note: large(bytes) });
    expect((await bench.inference([vector(1)])).verdicts).toEqual([verdict]);
    const item: LedgerItem = bench.ledger.only;
    expect(item.state).toBe(state);
    expect(bytesIn(item)).toBeLessThan(largestItemBytes);
  });
});

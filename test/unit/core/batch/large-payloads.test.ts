import { beforeEach, describe, expect, it } from 'vitest';
import { digestOf } from '../../../../lib/core/digest.ts';
import { bytesOf, textOf } from '../../../../lib/core/record.ts';
import { answers, leaveClaimed } from '../../../support/action-bench.ts';
import { StageBench } from '../../../support/stage-bench.ts';
import { decision, headerOf, topics, vector } from '../../../support/stage-records.ts';
import { tinyContract } from '../../../support/tiny-contract.ts';

const large = (bytes: number): string => 'x'.repeat(bytes);
/** `{"bell":"xx…"}` of so many bytes. */
const requestOf = (bytes: number): object => ({ bell: large(bytes - '{"bell":""}'.length) });

const { action } = tinyContract();
const withBucket = (effect: 'keyed' | 'at-most-once' = 'keyed'): StageBench =>
  new StageBench({ largePayloads: 'bucket', action: { ...action, effect } });

let bench: StageBench;

const bodies = (): readonly string[] => bench.sent.map(({ request }) => JSON.stringify(request));
const deliver = async (): Promise<string> => (await bench.action([decision(1)])).verdicts.join();
const redrive = async (number: number): Promise<string> =>
  (await bench.action([decision(1)], { redrive: { number } })).verdicts.join();

beforeEach(() => {
  bench = withBucket();
  bench.request = () => requestOf(500_000);
});

describe('a request that is too large for an item', () => {
  it('is sent once, and the item points to it with its size and digest', async () => {
    expect([await deliver(), await deliver()]).toEqual(['done', 'done']);
    const body = JSON.stringify(requestOf(500_000));
    expect(bodies()).toEqual([body]);
    expect(bench.payloads.calls).toEqual(['put']);
    const pointer = { key: bench.payloads.only, bytes: 500_000, sha256: digestOf(body) };
    expect(bench.ledger.only.work).toEqual({ kind: 'run', request: '', payload: pointer });
    expect(pointer.key).toBe(`tiny/action/${digestOf(bench.ledger.only.key)}/${pointer.sha256}`);
    expect(textOf(bench.payloads.objects.get(pointer.key) ?? new Uint8Array())).toBe(body);
  });

  it('is in the bucket before its claim is in the ledger', async () => {
    let objectsAtClaim = 0;
    bench.ledger.before = ({ transition }) => {
      if (transition.name === 'claim') objectsAtClaim = bench.payloads.objects.size;
    };
    await deliver();
    expect(objectsAtClaim).toBe(1);
  });

  it.each([
    [180_000, 'done', 0],
    [180_001, 'done', 1],
    [6_000_000, 'done', 1],
    [6_000_001, 'dead-lettered(oversize)', 0],
  ])('of %d bytes: %s, %d objects', async (bytes, verdict, objects) => {
    bench.request = () => requestOf(bytes);
    expect(await deliver()).toBe(verdict);
    expect(bench.payloads.objects.size).toBe(objects);
  });

  it.each(['answer', 'worker'])(
    'is sent again as it was, whatever today’s code says, after a lost %s',
    async (lost) => {
      bench.answer = () => answers.unknown;
      expect(await deliver()).toBe('retry(transient)');
      if (lost === 'worker') leaveClaimed(bench, 'gone');
      bench.request = () => ({ bell: 'of another version' });
      bench.answer = () => answers.done;
      expect(await deliver()).toBe('done');
      const [first, second] = bodies();
      expect(first).toHaveLength(500_000);
      expect(second).toBe(first);
    },
  );

  it.each(['keyed', 'at-most-once'] as const)(
    'waits while the bucket does not take it: nothing is claimed or sent (%s)',
    async (effect) => {
      bench = withBucket(effect);
      bench.request = () => requestOf(500_000);
      bench.payloads.isDown = () => true;
      expect(await deliver()).toBe('retry(store-unavailable)');
      expect([bench.sent, [...bench.ledger.items]]).toEqual([[], []]);
      bench.payloads.isDown = () => false;
      expect(await deliver()).toBe('done');
      expect(bench.sent).toHaveLength(1);
    },
  );

  it('waits while the bucket does not give it back: its claim stays released', async () => {
    bench.answer = () => answers['not-done'];
    await deliver();
    bench.payloads.isDown = () => true;
    bench.request = () => ({ bell: 'of another version' });
    expect(await deliver()).toBe('retry(store-unavailable)');
    expect([bench.sent.length, bench.ledger.only.state]).toEqual([1, 'RELEASED']);
    bench.payloads.isDown = () => false;
    bench.answer = () => answers.done;
    expect(await deliver()).toBe('done');
    expect(new Set(bodies()).size).toBe(1);
  });

  it('needs neither the bucket nor its object where today’s code makes the same bytes', async () => {
    bench.answer = () => answers['not-done'];
    await deliver();
    bench.payloads.objects.clear();
    bench.payloads.isDown = () => true;
    bench.answer = () => answers.done;
    expect(await deliver()).toBe('done');
    expect(new Set(bodies()).size).toBe(1);
  });

  it('leaves its small neighbours alone', async () => {
    bench.request = (made) => ((made as { warn: boolean }).warn ? requestOf(500_000) : { bell: 'small' });
    bench.payloads.isDown = () => true;
    const records = [decision(1), decision(2, { body: { warn: false } })];
    expect((await bench.action(records)).verdicts).toEqual(['retry(store-unavailable)', 'done']);
  });

  it('is refused where the contract names no bucket', async () => {
    bench = new StageBench();
    bench.request = () => requestOf(180_001);
    expect(await deliver()).toBe('dead-lettered(oversize)');
    expect([bench.sent, bench.payloads.calls]).toEqual([[], []]);
    const [letter] = bench.producer.out;
    expect(letter && headerOf(letter, '__connect.errors.exception.message')).toContain(
      "largePayloads: 'bucket'",
    );
  });
});

describe('a request whose object is lost', () => {
  const losses: readonly (readonly [string, () => void])[] = [
    ['missing', () => bench.payloads.objects.clear()],
    [
      'another',
      () => bench.payloads.objects.set(bench.payloads.only, bytesOf(JSON.stringify(requestOf(500_001)))),
    ],
    [
      'another of the same size',
      () =>
        bench.payloads.objects.set(bench.payloads.only, bytesOf(JSON.stringify({ bull: large(499_989) }))),
    ],
    ['cut off', () => bench.payloads.objects.set(bench.payloads.only, bytesOf('{"bell":"xxx'))],
  ];

  it.each(losses)(
    '(%s) ends in a letter if it was never out, and is sent once it is restored',
    async (_, lose) => {
      bench.answer = () => answers['not-done'];
      await deliver();
      const kept = new Map(bench.payloads.objects);
      lose();
      bench.request = () => ({ bell: 'of another version' });
      bench.answer = () => answers.done;
      expect(await deliver()).toBe('dead-lettered(payload-lost)');
      expect(bench.sent).toHaveLength(1);
      expect(await redrive(1)).toBe('dead-lettered(payload-lost)');
      for (const [key, body] of kept) bench.payloads.objects.set(key, body);
      expect(await redrive(2)).toBe('done');
      expect(new Set(bodies()).size).toBe(1);
    },
  );

  it.each(losses)('(%s) leaves the effect in doubt if it may be out', async (_, lose) => {
    bench.answer = () => answers.unknown;
    await deliver();
    lose();
    bench.request = () => ({ bell: 'of another version' });
    expect(await deliver()).toBe('in-doubt');
    expect(bench.sent).toHaveLength(1);
  });
});

describe('a contract that no longer names its bucket', () => {
  it('sends nothing in place of what lies there', async () => {
    bench.answer = () => answers['not-done'];
    await deliver();
    const { only } = bench.ledger;
    bench = new StageBench();
    bench.ledger.only = only;
    expect(await deliver()).toBe('dead-lettered(payload-lost)');
    expect(bench.sent).toEqual([]);
  });
});

describe('a decision that is too large for an item', () => {
  const decide = async (): Promise<string> => (await bench.inference([vector(1)])).verdicts.join();
  const emitted = () => bench.producer.out.filter(({ topic }) => topic === topics.decisions);

  beforeEach(() => {
    let made = 0;
    bench.decide = () => ({ warn: true, note: large(390_000), made: (made += 1) });
  });

  it('is made once, and emitted again byte for byte', async () => {
    expect([await decide(), await decide()]).toEqual(['done', 'done']);
    const [first, second] = emitted();
    expect(first?.value?.length).toBeGreaterThan(390_000);
    expect(second).toEqual(first);
    expect(bench.asked).toHaveLength(1);
    expect(bench.ledger.only.emits).toMatchObject([{ topic: topics.decisions, value: null, headers: [] }]);
    expect(JSON.stringify(bench.ledger.only).length).toBeLessThan(2_000);
  });

  it('is not emitted before it is kept', async () => {
    bench.payloads.isDown = () => true;
    expect(await decide()).toBe('retry(store-unavailable)');
    expect(emitted()).toEqual([]);
  });

  it('waits while the bucket does not give it back', async () => {
    await decide();
    bench.payloads.isDown = () => true;
    expect(await decide()).toBe('retry(store-unavailable)');
    expect(emitted()).toHaveLength(1);
  });

  it('whose object is lost ends in a letter, is not made anew, and is emitted once it is restored', async () => {
    await decide();
    const kept = new Map(bench.payloads.objects);
    bench.payloads.objects.clear();
    expect(await decide()).toBe('dead-lettered(payload-lost)');
    expect([emitted().length, bench.asked.length, bench.ledger.only.state]).toEqual([1, 1, 'DONE']);
    const letter = bench.producer.out.at(-1);
    expect(letter?.topic).toBe(topics.vectorLetters);
    expect(letter && headerOf(letter, '__connect.errors.exception.message')).toContain(
      [...kept.keys()].join(),
    );
    for (const [key, body] of kept) bench.payloads.objects.set(key, body);
    expect((await bench.inference([vector(1)], { redrive: { number: 1 } })).verdicts).toEqual(['done']);
    expect(emitted()[1]).toEqual(emitted()[0]);
  });
});

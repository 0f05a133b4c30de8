import type { LetterCode } from '../../../lib/cli/errors/page.ts';
import { bytesOf, type SourceRecord } from '../../../lib/core/record.ts';
import { kafkaLetters } from '../../../lib/local/event-source/destination.ts';
import { mappingLetter } from '../../../lib/ops/letters/mapping-letter.ts';
import { mappingConfig } from '../mapping-bench.ts';
import { epochMsOf } from '../../../lib/core/units.ts';
import { avroValues } from '../../../lib/adapters/wire/avro.ts';
import { framed, startFakeRegistry } from '../fake-registry.ts';
import { StageBench } from '../stage-bench.ts';
import { decision, headerOf, headersOf, NOW, reading, vector } from '../stage-records.ts';
import { tinyContract } from '../tiny-contract.ts';

/** Lets a stage make a letter, and gives it the bench that has it. */
type Provoke = (bench: StageBench) => Promise<unknown>;

const without = (record: SourceRecord, header: string): SourceRecord => ({
  ...record,
  headers: record.headers.filter(({ name }) => name !== header),
});

const giveUpAtOnce = { afterMs: 0, attempts: 1 };
const tiny = tinyContract();

const valueOf = (more: Readonly<Record<string, unknown>>): Uint8Array =>
  bytesOf(JSON.stringify({ sensor: 'a', at: '2026-03-01T12:00:00Z', value: 1, ...more }));

const ways: Partial<
  Record<LetterCode, readonly [Provoke] | readonly [Provoke, ConstructorParameters<typeof StageBench>[0]]>
> = {
  'function-threw': [
    (bench) => {
      bench.on = {
        ...bench.on,
        read: {
          fold: () => {
            throw new TypeError("Cannot read properties of undefined (reading 'length')");
          },
        },
      };
      return bench.features([reading(1)]);
    },
  ],
  'output-mismatch': [
    (bench) => {
      bench.decide = () => ({ warned: true });
      return bench.inference([vector(1)]);
    },
  ],
  schema: [(bench) => bench.features([{ ...reading(1), value: valueOf({ value: 'much' }) }])],
  'not-json': [(bench) => bench.features([{ ...reading(1), value: bytesOf('{"sensor":') }])],
  tombstone: [(bench) => bench.inference([{ ...vector(1), value: null }])],
  envelope: [(bench) => bench.inference([without(vector(1), 'ce_origintime')])],
  'key-missing': [(bench) => bench.features([{ ...reading(1), key: null }])],
  'key-mismatch': [(bench) => bench.features([{ ...reading(1), key: bytesOf('b') }])],
  'event-time': [(bench) => bench.features([reading(1)]), { source: { ...tiny.source, time: 'value' } }],
  'unknown-type': [
    (bench) =>
      bench.features([
        { ...reading(1), headers: headersOf({ ce_source: '/plant', ce_id: 'e1', ce_type: 'repaired' }) },
      ]),
    { source: { ...tiny.source, unknown: 'dead-letter' } },
  ],
  'identity-conflict': [
    (bench) => bench.features([reading(1, { id: 'e1' }), reading(2, { id: 'e1', value: 2 })]),
  ],
  horizon: [
    (bench) => bench.action([decision(1, { originAppend: epochMsOf(NOW - tiny.keyRetentionMs - 1) })]),
  ],
  oversize: [
    (bench) => {
      bench.request = () => ({ bell: 'x'.repeat(200_000) });
      return bench.action([decision(1)]);
    },
  ],
  refused: [
    (bench) => {
      bench.answer = () => ({ kind: 'refused', detail: 'HTTP 422: {"error":"no such bell"}' });
      return bench.action([decision(1)]);
    },
  ],
  'gave-up': [
    (bench) => {
      bench.answer = () => ({
        kind: 'not-done',
        detail: 'connect ECONNREFUSED 127.0.0.1:9000',
        retryAfterMs: undefined,
      });
      return bench.action([decision(1)]);
    },
    { action: { ...tiny.action, giveUp: giveUpAtOnce } },
  ],
  'unknown-outcome': [
    (bench) => {
      bench.answer = () => ({ kind: 'unknown', detail: 'HTTP 503', retryAfterMs: undefined });
      return bench.action([decision(1)]);
    },
    { action: { ...tiny.action, effect: 'at-most-once' } },
  ],
  undecodable: [
    async (bench) => {
      const fake = await startFakeRegistry();
      try {
        const id = fake.add('{"type":"record","name":"Reading","fields":[{"name":"value","type":"double"}]}');
        bench.values = avroValues(fake.url);
        await bench.features([{ ...reading(1), value: framed(id, new Uint8Array([1])) }]);
      } finally {
        await fake.close();
      }
    },
  ],
  'unknown-schema': [
    async (bench) => {
      const fake = await startFakeRegistry();
      try {
        bench.values = avroValues(fake.url);
        await bench.features([{ ...reading(1), value: framed(7, new Uint8Array([1])) }]);
      } finally {
        await fake.close();
      }
    },
  ],
  'payload-lost': [
    async (bench) => {
      bench.request = () => ({ bell: 'x'.repeat(200_000) });
      bench.answer = () => ({ kind: 'not-done', detail: 'not now', retryAfterMs: undefined });
      await bench.action([decision(1)]);
      bench.payloads.objects.clear();
      bench.request = () => ({ bell: 'of another version' });
      return bench.action([decision(1)]);
    },
    { largePayloads: 'bucket' },
  ],
};

/** As `dlq show` shows it. */
const asShown = (code: LetterCode, message: string): string => `reason   ${code}\nmessage  ${message}`;

/** A mapping that has used up its retries writes this. */
const mappingMessage = async (): Promise<string> => {
  const config = {
    ...mappingConfig(),
    functionArn: 'arn:aws:lambda:local:000000000000:function:dev-orders-features',
  };
  const record = { ...reading(1), headers: [] };
  const discarded = {
    condition: 'retries-exhausted',
    unfinished: [record],
    handedOver: [record],
    invocationId: 1,
    invokeCount: 3,
    functionError: null,
  } as const;
  const [letter] = kafkaLetters('dev.orders.dlq', discarded, { config, requestId: 'r', at: NOW });
  if (letter === undefined) throw new Error('no letter came of it');
  const logged = { ...record, ...letter, value: letter.value, partition: 0, offset: 0 };
  const read = mappingLetter(logged, () => 'features');
  if (read === undefined || read === 'of-another-pipeline') throw new Error('it is no letter of a mapping');
  return asShown('mapping-gave-up', read.message);
};

/** What a stage wrote into a letter. @returns its message, whose reason is the code */
const messageFor = async (
  code: LetterCode,
  [provoke, different]: NonNullable<(typeof ways)[LetterCode]>,
): Promise<string> => {
  const bench = new StageBench(different);
  await provoke(bench);
  const letter = bench.producer.out.find((record) => headerOf(record, 'freshet.reason') === code);
  if (letter === undefined) throw new Error(`no letter with the reason ${code} came of it`);
  return asShown(code, headerOf(letter, '__connect.errors.exception.message') ?? '');
};

/** The real texts of dead letters, by their reason. */
export const provokedLetters = (): readonly (readonly [LetterCode, () => Promise<string>])[] => [
  ...(Object.entries(ways) as [LetterCode, NonNullable<(typeof ways)[LetterCode]>][]).map(
    ([code, way]) => [code, () => messageFor(code, way)] as const,
  ),
  ['mapping-gave-up', mappingMessage],
];

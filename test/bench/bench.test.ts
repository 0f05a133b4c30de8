import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { join } from 'node:path';
import { openDynamoDb } from '../../lib/adapters/dynamodb/dynamodb.ts';
import { systemClock } from '../../lib/adapters/system.ts';
import { epochMsOf } from '../../lib/core/units.ts';
import { seen } from '../contract/suites/context-store.ts';
import { localCredentials, localRegion } from '../services/dynamodb-local.ts';
import { temporaryFolder } from '../support/folder.ts';
import { FakeDynamoDbServer } from './dynamodb/fake.ts';
import { markdown, withBlock } from './markdown.ts';
import { profilesIn, sharesOf, sharesText } from './profile.ts';
import { perform, type Contender } from './work/tasks.ts';

let dynamodb: FakeDynamoDbServer;
beforeAll(async () => {
  dynamodb = await FakeDynamoDbServer.start();
});
beforeEach(() => dynamodb.clear());
afterAll(() => dynamodb.stop());

const batchSize = 30;

const run = (contender: Contender, isRedelivery = false) =>
  perform({
    contender,
    endpoint: dynamodb.endpoint,
    batchSize,
    warmUp: 0,
    batches: 1,
    from: 0,
    isRedelivery,
  });

describe('what the benchmarks measure', () => {
  it.each<readonly [name: string, table: string, units: number, contender: Contender]>([
    ['features', 'rows', 1, { kind: 'stage', stage: 'features' }],
    ['inference', 'claims', 2, { kind: 'stage', stage: 'inference' }],
    ['action, suppressed', 'effects', 2, { kind: 'stage', stage: 'action-keyed' }],
    ['action, keyed', 'effects', 2, { kind: 'stage', stage: 'action-keyed', hold: true }],
    ['action, at-most-once', 'effects', 3, { kind: 'stage', stage: 'action-at-most-once', hold: true }],
    ['Powertools', 'powertools', 2, { kind: 'powertools' }],
  ])(
    '%s: every record is decided once, and a second delivery is answered',
    async (_, table, units, contender) => {
      expect(await run(contender)).toMatchObject({ records: batchSize });
      expect(await dynamodb.size(table)).toBe(batchSize);
      // Besides the items themselves: the topic's epoch, and the minutes of a limit.
      const { writeUnits } = await dynamodb.counts();
      expect(writeUnits - batchSize * units).toBeGreaterThanOrEqual(0);
      expect(writeUnits - batchSize * units).toBeLessThanOrEqual(2);
      expect(await run(contender, true)).toMatchObject({ records: batchSize });
      expect(await dynamodb.size(table)).toBe(batchSize);
    },
  );

  it.each<Contender>([{ kind: 'without-idempotency' }, { kind: 'hand-written' }, { kind: 'decode-loop' }])(
    '$kind goes through every record and asks DynamoDB for nothing',
    async (contender) => {
      expect(await run(contender)).toMatchObject({ records: batchSize });
      expect(await dynamodb.counts()).toEqual({ requests: {}, writeUnits: 0 });
    },
  );

  it('has observations of times far apart, page by page', async () => {
    const { context, close } = openDynamoDb({
      endpoint: dynamodb.endpoint,
      region: localRegion,
      credentials: localCredentials,
      tables: { context: 'context' },
      historyMs: {},
      clock: systemClock,
      deadline: () => epochMsOf(Date.now() + 60_000),
    });
    onTestFinished(close);
    await context.observe([1, 2, 3, 4, 5, 6, 7].map((at) => seen('weather', 'EWR', at)));
    const newest = await context.newest(
      [7, 2].map((at) => ({ context: 'weather', key: 'EWR', at: epochMsOf(at) })),
    );
    expect(newest).toEqual([7, 2].map((at) => ({ kind: 'read', value: seen('weather', 'EWR', at) })));
  });

  it('notices a batch that is delivered again and was never there', async () => {
    await expect(run({ kind: 'powertools' }, true)).rejects.toThrow('Expected values');
  });
});

describe('the figures', () => {
  const block = markdown({
    machine: 'two cores',
    results: [
      {
        name: 'cpu',
        title: 'CPU',
        result: {
          figures: [{ what: 'inference', value: '9 µs' }],
          goals: [{ goal: '≤ 1/15', measured: '1/3', isMet: false }],
        },
      },
    ],
  });

  it('are tables, and say what was missed', () => {
    expect(block).toContain('| inference | 9 µs |');
    expect(block).toContain('| ≤ 1/15 | 1/3 | **missed** |');
  });

  it('are put between their marks, and nothing else is touched', () => {
    const text = 'before\n<!-- bench: begin -->\n\nold\n\n<!-- bench: end -->\nafter\n';
    const written = withBlock(text, block);
    expect(written).toBe(`before\n<!-- bench: begin -->\n\n${block}\n\n<!-- bench: end -->\nafter\n`);
    expect(() => withBlock('no marks', block)).toThrow('docs/performance.md has no lines');
  });
});

describe('a profile', () => {
  const frame = (functionName: string, url: string, columnNumber = 0) => ({
    functionName,
    url,
    lineNumber: 0,
    columnNumber,
  });
  const frames = [
    frame('(idle)', ''),
    frame('(garbage collector)', ''),
    frame('parse', 'node:internal/url'),
    frame('compileSourceTextModule', 'node:internal/modules/esm/utils'),
    frame('', 'node:stream'),
    frame('decodeUTF8', ''),
    frame('send', 'file:///x/node_modules/@aws-sdk/core/dist-es/send.js'),
    frame('hash', 'file:///x/node_modules/@noble/hashes/sha2.js'),
    frame('fold', 'file:///x/dist/index.mjs', 40),
    frame('', 'file:///x/dist/index.mjs'),
  ];
  const profile = {
    nodes: frames.map((callFrame, id) => ({ id, callFrame })),
    samples: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 8],
    timeDeltas: [9_000, 50, 170, 110, 40, 30, 300, 100, 150, 0, 50],
  };

  it('says whose CPU it was, without what was waited', () => {
    const shares = sharesOf([profile], ({ columnNumber }) =>
      columnNumber === 40 ? '../lib/adapters/dynamodb/items.ts' : undefined,
    );
    expect(shares).toEqual([
      ['AWS SDK', 0.3],
      ['lib/adapters/dynamodb', 0.2],
      ['Node, at work', 0.17],
      ['Node, loading code', 0.15],
      ['@noble/hashes', 0.1],
      ['garbage collection', 0.05],
      ['native code', 0.03],
      ['top level of the bundle', 0],
    ]);
    expect(sharesText(shares)).toMatch(/^AWS SDK 30 %, .*native code 3 %$/);
  });

  it('is taken of the measured batches', async () => {
    const folder = temporaryFolder();
    await perform({
      contender: { kind: 'decode-loop' },
      endpoint: dynamodb.endpoint,
      batchSize,
      warmUp: 1,
      batches: 3,
      from: 0,
      profile: join(folder, 'batches.cpuprofile'),
    });
    const [taken] = await profilesIn(folder);
    expect(taken?.samples.length).toBeGreaterThan(0);
  });
});

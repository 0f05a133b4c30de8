import { join } from 'node:path';
import { expect, it } from 'vitest';
import { LetterNews, noticeOfTrouble, noticeText } from '../../../../lib/cli/errors/notice.ts';
import { epochMsOf } from '../../../../lib/core/units.ts';
import type { Letter } from '../../../../lib/ops/letters/letter.ts';
import { fakeTerminal } from '../../../support/fake-terminal.ts';
import { temporaryFolder } from '../../../support/folder.ts';

const where = { name: undefined, functions: undefined, state: '.freshet/x', platform: [] };
const stages = { features: '/gone/features.ts', inference: '/gone/inference.ts', action: '/gone/action.ts' };
const letter = (more: Partial<Letter>): Letter => ({
  id: 'x',
  writer: 'stage',
  place: 'features',
  stage: 'features',
  reason: 'function-threw',
  message: 'no lines (functions/x/features.ts:2:10)',
  redrive: 0,
  record: {
    topic: 'dev.orders',
    topicId: 'id',
    partition: 2,
    offset: 17,
    timestamp: epochMsOf(0),
    timestampType: 'CREATE_TIME',
    key: null,
    value: null,
    headers: [],
  },
  truncatedBytes: 0,
  writtenAt: epochMsOf(0),
  foundAt: { topic: 'dev.orders.dlq', partition: 0, offset: 0 },
  ...more,
});

const told = (given: Letter, root = '/nowhere'): string | undefined => {
  const notice = new LetterNews({ stages }).noticeOf(given, where);
  return notice === undefined ? undefined : noticeText(notice, root, fakeTerminal().out);
};

it('of a dead letter says what, where, what was expected, how to mend it and where to read on', () => {
  const root = temporaryFolder({ 'functions/x/features.ts': 'fold(s) {\n  return s.lines.length;\n}\n' });
  expect(told(letter({}), root)).toMatchInlineSnapshot(`
    "features: a record became a dead letter (function-threw): no lines
      where     functions/x/features.ts:2:10
                2 | return s.lines.length;
                  |        ^
      record    dev.orders, partition 2, offset 17
      expected  a pure function that returns for every value that its schema allows
      fix       Mend the line that is named.
      next      npx freshet dlq show features/2/17 --state .freshet/x
      read      docs/errors.md#function-threw"
  `);
});

it('of a line of a recording names its file and line', () => {
  const player = { writer: 'player', place: 'player', stage: undefined, reason: 'not-json' } as const;
  expect(told(letter({ ...player, message: 'more.ndjson:3 the line is not JSON in UTF-8' })))
    .toMatchInlineSnapshot(`
    "player: a record became a dead letter (not-json): the line is not JSON in UTF-8
      record    more.ndjson:3
      expected  JSON in UTF-8, one value for each record or line
      fix       Mend that line, or what recording.ts says of such lines.
      next      npx freshet dlq show player/dev.orders/2/17 --state .freshet/x
      read      docs/errors.md#not-json"
  `);
});

it('is told once of each place, and of each message where no place is known', () => {
  const news = new LetterNews({ stages });
  const isTold = (message: string, reason = 'function-threw'): boolean =>
    news.noticeOf(letter({ message, reason }), where) !== undefined;
  expect(isTold('a (functions/x/features.ts:2:10)')).toBe(true);
  expect(isTold('b (functions/x/features.ts:2:10)')).toBe(false);
  expect(isTold('b (functions/x/features.ts:3:10)')).toBe(true);
  expect(isTold('/at must be string', 'schema')).toBe(true);
  expect(isTold('/at must be string', 'schema')).toBe(false);
  expect(isTold('/key must be string', 'schema')).toBe(true);
});

it('leaves the letters of other tools alone', () => {
  expect(told(letter({ writer: 'other', reason: 'java.lang.IllegalStateException' }))).toBeUndefined();
});

it('of a trouble links the page of its code, where it has one', () => {
  const trouble = { kind: 'function-failed', message: 'the store is away', at: undefined } as const;
  const linkOf = (code: string | undefined): string =>
    noticeText(
      noticeOfTrouble('action', { ...trouble, code }, { stages, state: '.freshet/x', where }),
      '/nowhere',
      fakeTerminal().out,
    );
  expect(linkOf('STORE_UNAVAILABLE')).toMatch(/read {6}docs\/errors\.md#store_unavailable$/);
  expect(linkOf('TypeError')).toMatch(/read {6}docs\/errors\.md#function-failed$/);
  expect(linkOf('DISK_FULL')).toMatch(
    /fix {7}Free some room where \.freshet\/x is: .+\n {2}read {6}docs\/errors\.md#disk_full$/,
  );
  expect(linkOf(undefined)).toMatch(/read {6}docs\/errors\.md#function-failed$/);
});

const action = `export const action = defineAction(contract, {
  via: http({ baseUrl: param('DESK_URL') }),
});
`;

it('of an endpoint that is away names the line that calls it', () => {
  const root = temporaryFolder({ 'functions/x/action.ts': action });
  const called = { ...stages, action: join(root, 'functions/x/action.ts') };
  const trouble = {
    kind: 'downstream-unreachable',
    message: 'it is away',
    at: undefined,
    code: 'ENOTFOUND',
  } as const;
  expect(
    noticeText(
      noticeOfTrouble('action', trouble, { stages: called, state: '.freshet/x', where }),
      root,
      fakeTerminal().out,
    ),
  ).toContain(
    "  where     functions/x/action.ts:2:3\n            2 | via: http({ baseUrl: param('DESK_URL') }),\n",
  );
  const news = new LetterNews({ stages: called });
  const gaveUp = (message: string): unknown =>
    news.noticeOf(letter({ place: 'action', stage: 'action', reason: 'gave-up', message }), where);
  expect(gaveUp('no connection')).toMatchObject({ at: { line: 2, column: 3 } });
  // Of one line, and yet of two causes.
  expect(gaveUp('HTTP 500')).toMatchObject({ what: expect.stringContaining('HTTP 500') as string });
  expect(gaveUp('no connection')).toBeUndefined();
});

it.each(['out-of-memory', 'function-timeout'] as const)(
  'of %s names the stage, and how to look into it',
  (kind) => {
    const root = temporaryFolder({ 'functions/x/action.ts': action });
    const ended = { kind, message: 'it was ended', at: undefined, code: undefined };
    const facts = {
      stages: { ...stages, action: join(root, 'functions/x/action.ts') },
      state: '.freshet/x',
      where,
    };
    const text = noticeText(noticeOfTrouble('action', ended, facts), root, fakeTerminal().out);
    expect(text).toContain('  where     functions/x/action.ts:1:23\n');
    expect(text).toContain('  next      npx freshet dev --inspect action --state .freshet/x\n');
    expect(noticeOfTrouble('context-weather', ended, facts).at).toBeUndefined();
  },
);

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { TroubleWatch } from '../../../../lib/local/stages/trouble-watch.ts';
import { temporaryFolder } from '../../../support/folder.ts';

const watched = (): { watch: TroubleWatch; told: string[]; log: string } => {
  const log = join(temporaryFolder(), 'functions.log');
  const told: string[] = [];
  return {
    watch: new TroubleWatch(log, (stage, message) => void told.push(`${stage}: ${message}`)),
    told,
    log,
  };
};
const initFailure = { kind: 'error', phase: 'init', errorType: 'Error', message: 'no model' } as const;
const returned = { kind: 'returned', response: null } as const;
const brokenYet = (watch: TroubleWatch): Promise<unknown> =>
  Promise.race([watch.broken.catch((thrown: unknown) => thrown), setImmediate('not yet')]);

it('tells of each trouble once, and of every stage', () => {
  const { watch, told } = watched();
  watch.invoked('features', { kind: 'timeout', afterMs: 1_000 });
  watch.invoked('features', { kind: 'timeout', afterMs: 1_000 });
  watch.invoked('action', { kind: 'error', phase: 'invoke', errorType: 'TypeError', message: 'x is not y' });
  watch.invoked('action', returned);
  watch.invoked('action', { kind: 'throttled' });
  expect(told).toEqual([
    'features: an invocation took longer than 1000 ms and was ended',
    'action: TypeError: x is not y',
  ]);
});

it('keeps all that functions say, and shows what they call an error', () => {
  const { watch, told, log } = watched();
  expect(existsSync(log)).toBe(false);
  watch.said('inference', { stream: 'stdout', line: '{"level":"info","message":"warm"}' });
  watch.said('inference', { stream: 'stdout', line: '{"level":"error","message":"cold"}' });
  watch.said('inference', { stream: 'stderr', line: 'a warning of Node' });
  watch.said('inference', { stream: 'stdout', line: 'printed' });
  expect(told).toEqual(['inference: cold', 'inference: a warning of Node']);
  expect(readFileSync(log, 'utf8').trimEnd().split('\n')).toEqual([
    'inference {"level":"info","message":"warm"}',
    'inference {"level":"error","message":"cold"}',
    'inference a warning of Node',
    'inference printed',
  ]);
});

it('gives up on a function that does not start three times in a row, and on no other', async () => {
  const { watch } = watched();
  watch.invoked('features', initFailure);
  watch.invoked('features', initFailure);
  watch.invoked('features', returned);
  watch.invoked('features', initFailure);
  watch.invoked('inference', initFailure);
  watch.invoked('features', initFailure);
  expect(await brokenYet(watch)).toBe('not yet');
  watch.invoked('features', initFailure);
  expect(await brokenYet(watch)).toMatchObject({
    message: 'The function of features does not start: no model',
  });
});

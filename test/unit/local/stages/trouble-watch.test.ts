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
    watch: new TroubleWatch(
      log,
      (stage, { kind, message }) => void told.push(`${stage}: ${kind}: ${message}`),
    ),
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
  const code = 'ERR_WORKER_OUT_OF_MEMORY';
  watch.invoked('inference', { kind: 'error', phase: 'invoke', errorType: 'Error', message: 'heap', code });
  watch.invoked('action', { kind: 'throttled' });
  expect(told).toEqual([
    'features: function-timeout: an invocation took longer than 1000 ms and was ended',
    'action: function-failed: TypeError: x is not y',
    'inference: out-of-memory: an invocation used up the memory of its worker and was ended',
  ]);
});

it('keeps all that functions say, and shows what they call an error', () => {
  const { watch, told, log } = watched();
  expect(existsSync(log)).toBe(false);
  watch.said('inference', { stream: 'stdout', line: '{"level":"info","message":"warm"}' });
  watch.said('inference', { stream: 'stdout', line: '{"level":"error","message":"cold"}' });
  watch.said('inference', { stream: 'stderr', line: 'a warning of Node' });
  watch.said('inference', { stream: 'stdout', line: 'printed' });
  expect(told).toEqual(['inference: function-said: cold', 'inference: function-said: a warning of Node']);
  expect(readFileSync(log, 'utf8').trimEnd().split('\n')).toEqual([
    'inference {"level":"info","message":"warm"}',
    'inference {"level":"error","message":"cold"}',
    'inference a warning of Node',
    'inference printed',
  ]);
});

it('tells of failed attempts once for each stage and kind', () => {
  const { watch, told } = watched();
  const failed = (stage: 'inference' | 'action', outcome: string, code: string, count: number): void => {
    const line = JSON.stringify({ level: 'warn', message: 'attempts failed', outcome, code, count });
    watch.said(stage, { stream: 'stdout', line });
  };
  failed('inference', 'not-done', 'TypeError', 300);
  failed('inference', 'not-done', 'TypeError', 1);
  failed('inference', 'not-done', 'RangeError', 1);
  failed('action', 'not-done', 'TypeError', 2);
  failed('action', 'not-done', 'ECONNREFUSED', 1);
  failed('action', 'unknown', 'HTTP_503', 2);
  failed('inference', 'not-done', 'ECONNREFUSED', 1);
  expect(told).toEqual([
    'inference: attempt-failed: 300 attempts of one batch failed: TypeError',
    'inference: attempt-failed: 1 attempt of one batch failed: RangeError',
    'action: attempt-failed: 2 attempts of one batch failed: TypeError',
    'action: downstream-unreachable: 1 attempt of one batch failed, for the endpoint cannot be reached: nobody listens at its address (ECONNREFUSED)',
    'action: outcome-unknown: 2 attempts of one batch ended without a known outcome: HTTP_503',
    'inference: attempt-failed: 1 attempt of one batch failed, for what the model calls cannot be reached: nobody listens at its address (ECONNREFUSED)',
  ]);
});

it('tells the message of what was thrown, of its own kind and stage', () => {
  const { watch, told, log } = watched();
  const failed = (stage: 'inference' | 'action', code: string, at: string): void => {
    const said = { level: 'warn', message: 'attempts failed', outcome: 'not-done', code, count: 1, at };
    watch.said(stage, { stream: 'stdout', line: JSON.stringify(said) });
  };
  watch.threw('inference', { code: 'TypeError', message: 'no "a7"', at: 'inference.ts:2:1' });
  failed('inference', 'TypeError', 'inference.ts:2:1');
  failed('inference', 'TypeError', 'inference.ts:3:1');
  failed('action', 'TypeError', 'inference.ts:2:1');
  expect(told).toEqual([
    'inference: attempt-failed: 1 attempt of one batch failed: TypeError: no "a7"',
    'inference: attempt-failed: 1 attempt of one batch failed: TypeError',
    'action: attempt-failed: 1 attempt of one batch failed: TypeError',
  ]);
  expect(readFileSync(log, 'utf8')).not.toContain('a7');
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
    code: 'FUNCTION_START_FAILED',
    message:
      'A function does not start:\n  features: got "no model", 3 times in a row; expected a module that can be loaded. Fix: mend what its code does when it is loaded.',
  });
});

it('ends no run where what functions say cannot be kept', () => {
  const told: string[] = [];
  const watch = new TroubleWatch(temporaryFolder(), (_, { message }) => void told.push(message));
  watch.said('features', { stream: 'stdout', line: 'printed' });
  watch.said('features', { stream: 'stdout', line: 'printed again' });
  expect(told).toEqual([expect.stringMatching(/^its output cannot be kept in .*: EISDIR/)]);
});

it('knows what the newest failure of a stage said, until a whole batch has succeeded', () => {
  const { watch } = watched();
  const error = (message: string) => ({ kind: 'error', phase: 'invoke', errorType: 'E', message }) as const;
  expect(watch.newest('action')).toBeUndefined();
  watch.invoked('action', error('one'));
  watch.invoked('action', error('two'));
  watch.invoked('action', error('one'));
  expect(watch.newest('action')).toBe('E: one');
  expect(watch.newest('features')).toBeUndefined();
  watch.invoked('action', { kind: 'throttled' });
  const failed = { batchItemFailures: [{ itemIdentifier: { partition: 't-0', offset: 3 } }] };
  watch.invoked('action', { kind: 'returned', response: failed });
  expect(watch.newest('action')).toBe('E: one');
  watch.invoked('action', { kind: 'returned', response: { batchItemFailures: [] } });
  expect(watch.newest('action')).toBeUndefined();
});

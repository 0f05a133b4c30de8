import { expect, it } from 'vitest';
import type { PipelineScreen } from '../../../lib/cli/dev/dev-screen.ts';
import { printReports, withProgressLines } from '../../../lib/cli/dev/progress-lines.ts';
import type { Progress } from '../../../lib/local/local-run.ts';
import type { RunReport } from '../../../lib/local/report/report.ts';
import { epochMsOf } from '../../../lib/core/units.ts';
import { fakeTerminal } from '../../support/fake-terminal.ts';

const progress = (played: number): Progress => ({
  simulated: epochMsOf(0),
  played,
  toPlay: 9,
  stages: [],
  effects: 0,
  isPaused: false,
});

const linesOf = (text: string): readonly unknown[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as unknown);

it('is a line for every second of a run, and all of it for whoever looks', () => {
  const terminal = fakeTerminal();
  const seen: string[] = [];
  const beside: PipelineScreen = {
    screen: terminal.err,
    show: ({ played }) => void seen.push(`show ${played}`),
    print: (text) => void seen.push(`print ${text}`),
    clear: () => void seen.push('clear'),
  };
  const screen = withProgressLines(beside, 'orders', terminal.out);
  for (const [at, played] of [1_000, 1_250, 1_999, 2_000, 4_000].entries()) screen.show(progress(at), played);
  screen.print('a notice');
  screen.clear();
  expect(linesOf(terminal.written.out)).toMatchObject([
    { kind: 'progress', pipeline: 'orders', played: 0, toPlay: 9 },
    { kind: 'progress', pipeline: 'orders', played: 3 },
    { kind: 'progress', pipeline: 'orders', played: 4 },
  ]);
  expect(seen).toEqual(['show 0', 'show 1', 'show 2', 'show 3', 'show 4', 'print a notice', 'clear']);
});

it('ends with a report: as JSON of the one or in a list of all, or as a line for each', () => {
  const reports = ['orders', 'meters'].map((pipeline) => ({ pipeline }) as RunReport);
  const printed = (
    ...args: [format: 'json' | 'ndjson', reports: RunReport | readonly RunReport[]]
  ): string => {
    const terminal = fakeTerminal();
    printReports(terminal.out, ...args);
    return terminal.written.out;
  };
  expect(JSON.parse(printed('json', reports))).toEqual(reports);
  expect(JSON.parse(printed('json', { pipeline: 'orders' } as RunReport))).toEqual({ pipeline: 'orders' });
  expect(linesOf(printed('ndjson', reports))).toEqual([
    { kind: 'report', pipeline: 'orders' },
    { kind: 'report', pipeline: 'meters' },
  ]);
});

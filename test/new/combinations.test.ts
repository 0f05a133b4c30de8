import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RunReport } from '../../lib/local/report/report.ts';
import { suiteFolder } from '../support/folder.ts';
import { copyProject } from '../support/project-copy.ts';
import { failureOf, runInShell } from '../support/shell-command.ts';

/** Samples of other shapes than the example's, and what is said of them. */
const samples: Readonly<Record<string, { readonly lines: readonly unknown[]; readonly more: string }>> = {
  // Nested values, an optional member, null, names that are no identifiers, an offset; no identity.
  orders: {
    lines: [
      {
        customer: 'ada',
        at: '2026-01-05T08:00:00+01:00',
        amount: { cents: 1200 },
        note: null,
        'x-trace': 'a',
      },
      {
        customer: 'bob',
        at: '2026-01-05T08:05:00+01:00',
        amount: { cents: 3400 },
        note: 'gift',
        'x-trace': 'b',
      },
      {
        customer: 'ada',
        at: '2026-01-05T08:10:00+01:00',
        amount: { cents: 800 },
        note: null,
        'x-trace': 'c',
        lines: [{ sku: 'lamp', quantity: 1 }],
      },
    ],
    more: '',
  },
  // Numeric key and identity, arrays without items.
  machines: {
    lines: [
      { id: 1, machine: 7, time: '2026-01-05T08:00:00Z', rpm: 1450.5, alarms: [] },
      { id: 2, machine: 8, time: '2026-01-05T08:00:01Z', rpm: 1449.25, alarms: [] },
    ],
    more: '--key machine',
  },
  // One line, without any number, with a member that was never seen with a value.
  logins: {
    lines: [
      { user: 'ada', at: '2026-01-05T08:00:00.123Z', from: { country: 'UK' }, ok: true, referrer: null },
    ],
    more: '',
  },
  // Shapes that differ.
  readings: {
    lines: [
      { 'device-id': 'd-1', at: '2026-01-05T08:00:00Z', level: 3, payload: 'x' },
      { 'device-id': 'd-2', at: '2026-01-05T08:01:00Z', level: 4.5, payload: { raw: [1, 2] } },
      { 'device-id': 'd-1', at: '2026-01-05T08:02:00Z', level: 5, payload: [true, null, 'y'] },
    ],
    more: '--mixed union --key device-id',
  },
};

const choices = ['stateful', 'stateless'].flatMap((features) =>
  ['bundled', 'hosted'].flatMap((model) =>
    ['keyed', 'at-most-once'].map((effect) => ({ features, model, effect })),
  ),
);

/** Every combination of the choices, with the example's events and with those of a sample. */
const pipelines = choices.flatMap(({ features, model, effect }, index) =>
  ['example', Object.keys(samples)[index % Object.keys(samples).length] ?? ''].map((sample) => ({
    name: `${sample}-${features}-${model}-${effect}`,
    sample: samples[sample] === undefined ? undefined : sample,
    flags: `--features ${features} --model ${model} --effect ${effect}`,
  })),
);

describe('every pipeline that freshet new makes', () => {
  const folder = suiteFolder();
  const inCopy = (line: string) => runInShell(line, folder);

  beforeAll(async () => {
    copyProject(folder);
    for (const [name, { lines }] of Object.entries(samples))
      writeFileSync(
        join(folder, `${name}.ndjson`),
        lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
      );
  });

  it.each(pipelines)('$name is made', async ({ name, sample, flags }) => {
    const of = sample === undefined ? '' : `--from-sample ${sample}.ndjson ${samples[sample]?.more ?? ''}`;
    expect(failureOf(await inCopy(`npx freshet new ${name} ${flags} ${of}`))).toBe('');
  });

  it('is one of sixteen', () => {
    expect(new Set(pipelines.map(({ name }) => name)).size).toBe(16);
  });

  it.each([
    'npx oxfmt --check functions',
    'npm run typecheck',
    'npx oxlint --type-aware --deny-warnings functions',
    'npx freshet contract check',
    'npm run synth',
  ])('passes %s', async (line) => {
    expect(failureOf(await inCopy(line))).toBe('');
  });

  it('is used whole: knip finds nothing in it', async () => {
    const { out, err } = await inCopy('npx knip --no-progress');
    expect(`${out}${err}`).not.toContain('functions/');
  });

  it('passes its tests', async () => {
    const folders = pipelines.map(({ name }) => `functions/${name}/`).join(' ');
    const ended = await inCopy(
      `npx vitest run ${folders} --project parts --reporter=json --outputFile.json=report.json`,
    );
    expect(failureOf(ended)).toBe('');
    const text = readFileSync(join(folder, 'report.json'), 'utf8');
    const { numPassedTests, numTotalTests, testResults } = JSON.parse(text) as {
      readonly numPassedTests: number;
      readonly numTotalTests: number;
      readonly testResults: readonly unknown[];
    };
    expect(numPassedTests).toBe(numTotalTests);
    expect(testResults).toHaveLength(pipelines.length * 5);
  });

  it.each(pipelines.map(({ name }) => name))('%s runs, and its books balance', async (name) => {
    const ended = await inCopy(`npx freshet dev ${name} --fast --once --output json`);
    expect(failureOf(ended)).toBe('');
    const report = JSON.parse(ended.out) as RunReport;
    expect(report).toMatchObject({ pipeline: name, balanced: true, isComplete: true });
    expect(report.input).toEqual({ observed: 200, rejected: 0 });
    expect(report.stages['action']?.consumed).toBe(200);
    expect(report.effects).toMatchObject({ failed: 0, inDoubt: 0 });
    expect(report.effects.done + report.effects.suppressed).toBe(200);
    expect(report.effects.done).toBeGreaterThan(0);
  });

  it('runs beside others', async () => {
    const four = pipelines.filter(
      ({ name }) => name.endsWith('-at-most-once') && !name.startsWith('example'),
    );
    // More at once would only take longer, and so would a month of flights.
    for (const name of readdirSync(join(folder, 'functions')))
      if (!four.some((one) => one.name === name))
        rmSync(join(folder, 'functions', name), { recursive: true });
    const ended = await inCopy('npx freshet dev --all --state .freshet/all --fast --once --output json');
    expect(ended.err).not.toContain('error:');
    const reports = JSON.parse(ended.out) as readonly RunReport[];
    expect(reports.map(({ pipeline }) => pipeline)).toEqual(four.map(({ name }) => name).toSorted());
    for (const report of reports)
      expect(report, report.pipeline).toMatchObject({ balanced: true, isComplete: true });
  });
});

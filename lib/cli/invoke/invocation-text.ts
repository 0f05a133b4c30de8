import { paint, type Screen } from '../terminal.ts';
import type { InvocationReport } from './invocation-report.ts';

const width = 13;

/** A label, and beside it the lines of a text. */
const labelled = (screen: Screen, label: string, text: string): string =>
  `${paint(screen, 'bold', label.padEnd(width))}${text.replaceAll('\n', `\n${' '.repeat(width)}`)}`;

const json = (value: unknown): string => JSON.stringify(value, null, 2);

const milliseconds = (ms: number): string => `${ms} ms`;

/** What a verdict means for whoever looks for the output that is not there. */
const meaning = (verdict: string | null): string => {
  if (verdict === null) return 'no verdict';
  if (verdict === 'fenced') return 'fenced: its row has folded it before, so nothing is done';
  return verdict.startsWith('retry') ? `${verdict}: not settled, it would be delivered again` : verdict;
};

/** What came of an invocation, for a person. */
export const invocationText = (report: InvocationReport, screen: Screen): string => {
  const { stage, isObserved, records, outputs, rows, observations, items, requests, timings } = report;
  const line = (label: string, text: string): string => labelled(screen, label, text);
  return [
    isObserved
      ? `${stage}, observed: nothing was written, appended or sent; this is what would have been`
      : `${stage}: what was done`,
    ...records.map(({ at, verdict }) => line('record', `${at}\n${paint(screen, 'green', meaning(verdict))}`)),
    ...rows.map(({ entity, row, isWritten }) =>
      line('row', `${entity}${isWritten ? '' : ' (not written: another was quicker)'}\n${json(row)}`),
    ),
    ...observations.map(({ context, key, value }) => line('context', `${context} of ${key}\n${json(value)}`)),
    ...items.map(({ key, states }) => line('item', `${key}\n${states.join(' → ')}`)),
    ...requests.map(({ key, request, answer }) =>
      line(
        'request',
        `${answer === null ? paint(screen, 'yellow', 'not sent') : `answered ${answer}`}, under the key ${key}\n${json(request)}`,
      ),
    ),
    ...outputs.map(({ topic, key, value, at }) =>
      line('output', `${topic}${at === null ? '' : `/${at}`}, key ${key ?? 'none'}\n${json(value)}`),
    ),
    ...report.logs.map((text) => line('log', text)),
    ...report.printed.map((text) => line('printed', text)),
    ...report.thrown.map((text) => line('thrown', paint(screen, 'yellow', text))),
    line(
      'timings',
      [
        `total ${milliseconds(timings.totalMs)}, after a cold start of ${milliseconds(timings.coldStartMs)}`,
        Object.entries(timings.phasesMs)
          .map(([phase, ms]) => `${phase} ${milliseconds(ms)}`)
          .join(' · '),
      ].join('\n'),
    ),
    ...(report.error === null ? [] : [line('error', paint(screen, 'red', report.error))]),
  ].join('\n');
};

import type { RunReport } from '../../local/report/report.ts';
import type { ListingFormat } from '../listing.ts';
import { writeLine, type Screen } from '../terminal.ts';
import type { PipelineScreen } from './dev-screen.ts';

const lineEveryMs = 1_000;

/** A run for programs: what its screen shows goes to standard output too, a line of JSON for every second of it. */
export const withProgressLines = (beside: PipelineScreen, pipeline: string, out: Screen): PipelineScreen => {
  let nextLineAt = 0;
  return {
    screen: beside.screen,
    show: (progress, now) => {
      beside.show(progress, now);
      if (now < nextLineAt) return;
      nextLineAt = now + lineEveryMs;
      writeLine(out, JSON.stringify({ kind: 'progress', pipeline, ...progress }));
    },
    print: (text) => beside.print(text),
    clear: () => beside.clear(),
  };
};

/** Prints the reports of a command's runs as data: JSON of the one, or of all in a list; or a line for each. */
export const printReports = (
  out: Screen,
  format: Exclude<ListingFormat, 'table'>,
  reports: RunReport | readonly RunReport[],
): void => {
  if (format === 'json') writeLine(out, JSON.stringify(reports, null, 2));
  else for (const report of [reports].flat()) writeLine(out, JSON.stringify({ kind: 'report', ...report }));
};

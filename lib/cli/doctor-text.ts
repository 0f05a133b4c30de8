import { areas, type Area, type Finding, type Level } from '../ops/doctor/finding.ts';
import { paint, type Screen } from './terminal.ts';

const titles: Readonly<Record<Area, string>> = {
  brokers: 'Brokers',
  topics: 'Topics',
  rights: 'Rights, of whoever asks',
  tables: 'Tables',
  state: 'Local state',
  clocks: 'Clocks',
  msk: 'Amazon MSK',
  account: 'AWS account',
};

const words: Readonly<Record<Level, string>> = { ok: 'ok', warning: 'warning', failure: 'failure' };
const colours = { ok: 'green', warning: 'yellow', failure: 'red' } as const;

const indent = '           ';

const linesOf = (
  screen: Screen,
  { probe, subject, level, got, expected, fix }: Finding,
): readonly string[] => [
  `  ${paint(screen, colours[level], words[level].padEnd(indent.length - 2))}${probe} · ${subject}: ${got}`,
  ...(fix === null ? [] : [`${indent}expected ${expected}`, `${indent}fix: ${fix}`]),
];

const counted = (findings: readonly Finding[], level: Level): number =>
  findings.filter((finding) => finding.level === level).length;

const several = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;

/** Findings by what they are about; of what is right a line, of all else also what was expected and how to mend it. */
export const doctorLines = (screen: Screen, findings: readonly Finding[]): readonly string[] => [
  ...areas.flatMap((area) => {
    const ofArea = findings.filter((finding) => finding.area === area);
    return ofArea.length === 0
      ? []
      : [paint(screen, 'bold', titles[area]), ...ofArea.flatMap((finding) => linesOf(screen, finding)), ''];
  }),
  `${counted(findings, 'ok')} ok, ${several(counted(findings, 'warning'), 'warning')}, ${several(counted(findings, 'failure'), 'failure')}`,
];

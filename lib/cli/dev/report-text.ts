import { imbalancesOf, type Imbalance, type RunReport, type StageReport } from '../../local/report/report.ts';
import { nextCommand, type Whereabouts } from '../next-command.ts';
import { paint, type Screen } from '../terminal.ts';
import { aligned, duration, figure, quantile } from './figures.ts';

const counted = (counts: Readonly<Record<string, number>>, separator: string): string =>
  Object.entries(counts)
    .map(([name, count]) => `${name} ${figure(count)}`)
    .join(separator);

const stageRow = ([name, stage]: readonly [string, StageReport]): readonly string[] => [
  `  ${name}`,
  figure(stage.received),
  figure(stage.consumed),
  `= ${counted(stage.verdicts, ' + ') || '0'}`,
  figure(stage.emitted),
  quantile(stage.freshnessMs, 'p50'),
  quantile(stage.freshnessMs, 'p99'),
  quantile(stage.freshnessMs, 'max'),
];

const share = (value: number | null): string => (value === null ? '–' : value.toFixed(3));

const qualityLine = ({ quality }: RunReport): string =>
  quality.judged === 0
    ? `${figure(quality.decisions)} decisions; the recording says nothing of what followed`
    : `AUC ${share(quality.auc)} · precision ${share(quality.precision)} · recall ${share(quality.recall)} · ${figure(quality.decisions)} decisions, ${figure(quality.judged)} with a recorded outcome, ${figure(quality.positives)} of them positive`;

/** Rounded down: a target that was broken once was not kept by 100 %. */
const targetText = ({ share: kept, lost, brokenMostBy }: RunReport['target']): string =>
  kept === null
    ? 'nothing was settled yet'
    : [
        `kept by ${(Math.floor(kept * 1_000) / 10).toFixed(1)} %`,
        ...(lost === 0 ? [] : [`${figure(lost)} lost`]),
        ...(brokenMostBy === null ? [] : [`broken most often by ${brokenMostBy}`]),
      ].join(' · ');

const imbalanceText = ({ stage, received, consumed, settled }: Imbalance): string =>
  `${stage} has ${figure(received)} records, was given ${figure(consumed)}, settled ${figure(settled)}`;

/** Commands that show what did not go well; none where all did. */
const nextSteps = ({ input, stages, effects }: RunReport, where: Whereabouts): readonly string[] => {
  const labels = Object.values(stages).flatMap(({ verdicts }) => Object.keys(verdicts));
  const hasLetters =
    (input['rejected'] ?? 0) > 0 ||
    labels.some((label) => label.startsWith('dead-lettered(') || label === 'mapping-gave-up');
  return [
    ...(hasLetters ? [nextCommand('dlq list', where)] : []),
    ...(effects.failed + effects.inDoubt > 0 ? [nextCommand('effects list', where)] : []),
  ];
};

/** What a run came to, for people. */
export const reportText = (report: RunReport, where: Whereabouts, screen: Screen): string => {
  const { effects, receiver } = report;
  const line = (label: string, text: string): string => `${label.padEnd(11)}${text}`;
  const segments = aligned([
    ['  segment', 'p50', 'p99', 'max'],
    ...Object.entries(report.segmentsMs).map(([name, quantiles]) => [
      `  ${name}`,
      quantile(quantiles, 'p50'),
      quantile(quantiles, 'p99'),
      quantile(quantiles, 'max'),
    ]),
  ]);
  return [
    '',
    paint(screen, 'bold', `${report.pipeline}: report after ${duration(report.durationMs)}`),
    line('in', counted(report.input, ' · ')),
    '',
    ...aligned(
      [
        ['  stage', 'received', 'consumed', 'verdicts', 'emitted', 'freshness p50', 'p99', 'max'],
        ...Object.entries(report.stages).map(stageRow),
      ],
      [0, 3],
    ),
    '',
    'from publication to outcome, by segment',
    ...segments,
    '',
    line('target', targetText(report.target)),
    line('effects', counted(effects, ' · ').replace('inDoubt', 'in doubt')),
    line(
      'receiver',
      `${figure(receiver.requests)} requests · ${figure(receiver.distinctKeys)} distinct keys · ${figure(receiver.duplicateEffects)} duplicate effects`,
    ),
    line('quality', qualityLine(report)),
    line(
      'balanced',
      report.balanced
        ? paint(screen, 'green', 'yes: every record of every topic was consumed and has one verdict')
        : paint(screen, 'red', `no: ${imbalancesOf(report.stages).map(imbalanceText).join('; ')}`),
    ),
    ...nextSteps(report, where).map((step) => line('next', step)),
  ].join('\n');
};

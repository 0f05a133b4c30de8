import { statusOf, mostCounted, type PipelineStatus, type StageStatus } from '../ops/status/stage-status.ts';
import { toIso } from '../core/units.ts';
import { defineCommand } from './command.ts';
import { deploymentOptions } from './deployment.ts';
import { aligned, duration, figure } from './dev/figures.ts';
import { exitCode } from './exit-code.ts';
import { LiveBlock } from './live-block.ts';
import { Rest } from '../local/rest.ts';
import { choice, flag, number } from './option.ts';
import { environmentOption, tablesOption, withObserved } from './observed.ts';
import { pipelineArgument } from './pipeline-options.ts';
import { writeLine } from './terminal.ts';

const everyMs = 2_000;

const ageText = ({ firstUncommittedMs }: Pick<StageStatus, 'firstUncommittedMs'>): string =>
  firstUncommittedMs === null ? 'gone' : duration(firstUncommittedMs);

/** The status as a table; with the partitions of those stages that are behind. */
const statusLines = (
  pipeline: string,
  status: PipelineStatus,
  { withPartitions }: { readonly withPartitions: boolean },
): readonly string[] => [
  [
    pipeline,
    toIso(status.at),
    `${status.inDoubt === mostCounted ? `${figure(mostCounted)} or more` : figure(status.inDoubt)} effects in doubt`,
    ...(status.isPaused ? ['action is paused'] : []),
  ].join('  ·  '),
  ...aligned(
    [
      ['  stage', 'state', 'lag', 'first uncommitted', 'events/s', 'dead letters'],
      ...status.stages.flatMap((stage) => [
        [
          `  ${stage.stage}`,
          stage.state,
          figure(stage.lag),
          ageText(stage),
          stage.perSecond.toFixed(1),
          figure(stage.deadLetters),
        ],
        ...(withPartitions
          ? stage.partitions
              .filter(({ lag }) => lag > 0)
              .map((one) => [`    partition ${one.partition}`, '', figure(one.lag), ageText(one), '', ''])
          : []),
      ]),
    ],
    [0, 1],
  ),
];

export const status = defineCommand({
  metadata: {
    name: 'status',
    summary: 'show how far each stage is, measured from outside',
    description: [
      'Lag and the age of the first record that is not committed, by stage and partition: from committed offsets and the',
      'time of the record found there. OK: younger than the target; WARN: older; with --watch also STALL (nothing was',
      'committed since the last look) and REWIND (offsets were set back).',
    ].join('\n'),
    examples: ['freshet status', 'freshet status --watch', 'freshet status --output json'],
  },
  args: { pipeline: pipelineArgument },
  options: {
    ...deploymentOptions,
    environment: environmentOption,
    tables: tablesOption,
    watch: flag('look again and again, until Ctrl-C'),
    every: number('seconds', 'between two looks, with --watch (default: 2)', { least: 1, most: 3_600 }),
    output: choice(
      ['table', 'json', 'ndjson'],
      'how it is printed; with --watch one ndjson line for each look',
    ),
  },
  handler: async ({ args, options }, { root, terminal, onInterrupt }) =>
    withObserved({ root, name: args.pipeline, ...options }, async (observed) => {
      const { out } = terminal;
      const show = (seen: PipelineStatus, block: LiveBlock | undefined): void => {
        const lines = (): readonly string[] =>
          statusLines(observed.contract.pipeline, seen, { withPartitions: true });
        if (options.output === 'ndjson') writeLine(out, JSON.stringify(seen));
        else if (options.output === 'json') writeLine(out, JSON.stringify(seen, null, 2));
        else if (block) block.show(lines());
        else for (const line of lines()) writeLine(out, line);
      };
      let seen = await statusOf(observed);
      if (!options.watch) {
        show(seen, undefined);
        return exitCode.ok;
      }
      const block = out.isTty && options.output === 'table' ? new LiveBlock(out) : undefined;
      const rest = new Rest(observed.clock);
      const release = onInterrupt(() => rest.end());
      try {
        for (;;) {
          show(seen, block);
          await rest.take((options.every ?? everyMs / 1_000) * 1_000);
          if (rest.isOver) return exitCode.ok;
          seen = await statusOf(observed, seen);
        }
      } finally {
        release();
      }
    }),
});

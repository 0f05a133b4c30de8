import { statusOf, type PipelineStatus } from '../ops/status/stage-status.ts';
import { defineCommand } from './command.ts';
import { deploymentOptions } from './deployment.ts';
import { exitCode } from './exit-code.ts';
import { LiveBlock } from './live-block.ts';
import { Rest } from '../local/rest.ts';
import { choice, flag, number } from './option.ts';
import { environmentOption, tablesOption, withObserved } from './observed.ts';
import { pipelineArgument } from './pipeline-options.ts';
import { statusLines } from './status-text.ts';
import { writeLine } from './terminal.ts';

const everyMs = 2_000;

export const status = defineCommand({
  metadata: {
    name: 'status',
    summary: 'show how far each stage is, measured from outside',
    description: [
      'Lag and the age of the first record that is not committed, by stage and partition: from committed offsets and the',
      'time of the record found there. OK: younger than the target; WARN: older, or gone, that is, dropped before it was',
      'committed; with --watch also STALL (nothing was committed since the last look) and REWIND (offsets were set back).',
      'in/s is what was appended to the stage’s topic in the last minute; with --watch, committed/s is what it committed',
      'since the last look.',
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
        const lines = (): readonly string[] => statusLines(observed.contract.pipeline, seen);
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

import { listLetters } from '../ops/letters/list-letters.ts';
import { defineCommand } from './command.ts';
import { deploymentOptions, withDeployment } from './deployment.ts';
import { exitCode } from './exit-code.ts';
import { letterFilterOptions, letterRow } from './letter-options.ts';
import { listingOption, noteCut, printListing, type Column } from './listing.ts';
import { number } from './option.ts';
import { pipelineArgument } from './pipeline-options.ts';

const defaultLimit = 100;
const longestMessage = 60;

const columns: readonly Column<ReturnType<typeof letterRow>>[] = [
  { title: 'LETTER', cell: ({ letter }) => letter },
  { title: 'REASON', cell: ({ reason }) => reason },
  { title: 'WRITTEN', cell: ({ writtenAt }) => writtenAt },
  { title: 'BY', cell: ({ writtenBy }) => writtenBy },
  { title: 'TOPIC', cell: ({ topic }) => topic },
  {
    title: 'MESSAGE',
    cell: ({ message }) =>
      message.length > longestMessage ? `${message.slice(0, longestMessage - 1)}…` : message,
  },
];

export const dlqList = defineCommand({
  metadata: {
    name: 'dlq list',
    summary: 'list the dead letters of a pipeline',
    description:
      'Of all its dead-letter topics, each letter once: those of its stages, of the event source mapping, and of others that write there.',
    examples: ['freshet dlq list', 'freshet dlq list --stage features --reason schema --output ndjson'],
  },
  args: { pipeline: pipelineArgument },
  options: {
    ...letterFilterOptions,
    limit: number('n', `at most so many, the newest (default: ${defaultLimit})`, {
      least: 1,
      most: 1_000_000,
      isWhole: true,
    }),
    ...deploymentOptions,
    output: listingOption,
  },
  handler: async ({ args, options }, { root, terminal }) =>
    withDeployment({ root, name: args.pipeline, ...options }, async ({ deployment }) => {
      const { stage, reason, since, until, limit = defaultLimit } = options;
      const letters = await listLetters(deployment, { stage, reason, since, until });
      printListing(
        terminal,
        options.output,
        columns,
        letters.slice(-limit).map(letterRow),
        'no dead letters',
      );
      if (letters.length > limit) noteCut(terminal, 'newest', limit);
      return exitCode.ok;
    }),
});

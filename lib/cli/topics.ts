import { applyTopics, planTopics, type PlannedTopic } from '../ops/topics/topic-plan.ts';
import { defineCommand } from './command.ts';
import { deploymentOptions } from './deployment.ts';
import { exitCode } from './exit-code.ts';
import { listingOption, printListing, type Column, type ListingFormat } from './listing.ts';
import { environmentOption, withLog } from './observed.ts';
import { pipelineArgument } from './pipeline-options.ts';
import { writeLine, type Terminal } from './terminal.ts';

/** One line for each topic that is as it should be, or is to be created; one for each setting that drifted. */
interface TopicRow extends Readonly<Record<string, unknown>> {
  readonly topic: string;
  readonly state: string;
  readonly setting: string | null;
  readonly got: string | null;
  readonly expected: string | null;
  readonly fix: string | null;
}

const columns: readonly Column<TopicRow>[] = [
  { title: 'TOPIC', cell: ({ topic }) => topic },
  { title: 'STATE', cell: ({ state }) => state },
  { title: 'SETTING', cell: ({ setting }) => setting },
  { title: 'GOT', cell: ({ got }) => got },
  { title: 'EXPECTED', cell: ({ expected }) => expected },
  { title: 'FIX', cell: ({ fix }) => fix },
];

const row = (topic: string, state: string, more: Partial<TopicRow> = {}): TopicRow => ({
  topic,
  state,
  setting: null,
  got: null,
  expected: null,
  fix: null,
  ...more,
});

const rowsOf = (planned: PlannedTopic, created: ReadonlySet<string>): readonly TopicRow[] => {
  const { name } = planned.topic;
  switch (planned.kind) {
    case 'as-wanted':
      return [row(name, 'ok')];
    case 'create':
      return [row(name, created.has(name) ? 'created' : 'to be created')];
    case 'absent':
      return [
        row(name, 'missing', {
          got: 'no such topic',
          expected: 'one that its owner creates',
          fix: 'create it, or correct its name in the contract',
        }),
      ];
    case 'drifted':
      return planned.drifts.map((drift) => row(name, 'drifted', { ...drift }));
  }
};

const print = (
  terminal: Terminal,
  format: ListingFormat,
  plan: readonly PlannedTopic[],
  created: readonly string[] = [],
): void =>
  printListing(
    terminal,
    format,
    columns,
    plan.flatMap((planned) => rowsOf(planned, new Set(created))),
    'the pipeline has no topics',
  );

const isDone = ({ kind }: PlannedTopic): boolean => kind === 'as-wanted' || kind === 'create';

export const topicsPlan = defineCommand({
  metadata: {
    name: 'topics plan',
    summary: 'show what the contract wants of topics, and what is there',
    description:
      'Changes nothing. What the deployment does not create is looked at all the same: a source that keeps its records longer than keys are remembered can act twice.',
    examples: ['freshet topics plan', 'freshet topics plan --output json'],
  },
  args: { pipeline: pipelineArgument },
  options: { ...deploymentOptions, environment: environmentOption, output: listingOption },
  handler: async ({ args, options }, { root, terminal }) =>
    withLog({ root, name: args.pipeline, ...options }, async (deployment) => {
      print(terminal, options.output, await planTopics(deployment));
      return exitCode.ok;
    }),
});

export const topicsApply = defineCommand({
  metadata: {
    name: 'topics apply',
    summary: 'create the topics that are missing',
    description:
      'Topics that exist are left as they are, and nothing is deleted: what differs from the contract is shown, with how to mend it. Exit 7 where something is left to mend.',
    examples: [
      'freshet topics apply',
      'freshet topics apply --bootstrap broker-1:9098 --auth iam:eu-central-1 --environment prod',
    ],
  },
  args: { pipeline: pipelineArgument },
  options: { ...deploymentOptions, environment: environmentOption, output: listingOption },
  handler: async ({ args, options }, { root, terminal }) =>
    withLog({ root, name: args.pipeline, ...options }, async (deployment) => {
      const plan = await planTopics(deployment);
      const created = await applyTopics(deployment.log, plan);
      print(terminal, options.output, plan, created);
      if (plan.every(isDone)) return exitCode.ok;
      writeLine(terminal.err, 'some topics are not as the contract wants them: nothing of them was changed');
      return exitCode.partial;
    }),
});

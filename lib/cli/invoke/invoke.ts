import type { ResolvedContract, StageName } from '../../core/contract/resolved.ts';
import { stageSources } from '../../core/contract/stage-sources.ts';
import { UsageError } from '../../core/errors.ts';
import { invokeStage } from '../../local/invoke/invoke-stage.ts';
import type { Place } from '../../local/invoke/invoked-records.ts';
import { defineCommand, required } from '../command.ts';
import { deploymentOptions, withDeployment } from '../deployment.ts';
import { exitCode } from '../exit-code.ts';
import { fail } from '../failure.ts';
import { nextCommand } from '../next-command.ts';
import { flag, invalidOption, parsed, text } from '../option.ts';
import { recordFormat } from '../record-view.ts';
import { pipelineArgument } from '../pipeline-options.ts';
import { writeLine } from '../terminal.ts';
import { invocationReport } from './invocation-report.ts';
import { invocationText } from './invocation-text.ts';
import { take } from './take.ts';

const placeOption = parsed(
  'topic/partition/offset',
  'the record of the log that stands there',
  (value, flagName): Place => {
    const [, topic, partition, offset] = /^([^/\s]+)\/(\d{1,9})\/(\d{1,15})$/.exec(value) ?? [];
    if (topic !== undefined) return { topic, partition: Number(partition), offset: Number(offset) };
    throw invalidOption(
      flagName,
      value,
      'a topic, a partition and an offset with / between them',
      `write ${flagName} dev.flights.departure.observed/3/1021`,
    );
  },
);

/** @throws {UsageError} for a stage that the pipeline does not have */
const stageIn = (contract: ResolvedContract, named: string): StageName => {
  const stages = stageSources(contract).map(({ name }) => name);
  const stage = stages.find((name) => name === named);
  if (stage !== undefined) return stage;
  throw new UsageError('USAGE', {
    message: `got stage "${named}", expected one of ${stages.join(', ')}. Fix: name one of them; the pipeline comes behind it.`,
  });
};

export const invoke = defineCommand({
  metadata: {
    name: 'invoke',
    summary: 'run one event through a stage, and show what comes of it',
    description: [
      'Runs the bundle of a stage once on the state of a local run: with a record of the log, with an event of',
      'Lambda, or with what a file says (an event, a vector or a decision), which is appended to the topic first.',
      'With --observe nothing is written, appended or sent: it shows what would have been. A model is asked in any case.',
    ].join('\n'),
    examples: [
      'freshet invoke features --event event.json --observe',
      'freshet invoke inference --at dev.departure-delay.vectors/3/1021 --observe',
      'freshet invoke action departure-delay --event decision.json --output json',
    ],
  },
  args: {
    stage: required('features, inference, action or context-<name>'),
    pipeline: pipelineArgument,
  },
  options: {
    event: text('file', 'an event as JSON: of Lambda, or as the stage reads it'),
    at: placeOption,
    type: text('name', 'of the event (default: the only one whose schema takes it)'),
    observe: flag('change nothing and send nothing'),
    output: recordFormat,
    ...deploymentOptions,
  },
  handler: async ({ args, options }, { root, terminal }) => {
    if (options.event !== undefined && options.at !== undefined)
      throw new UsageError('USAGE', {
        message: 'got --event and --at, expected one of them. Fix: leave one out.',
      });
    return withDeployment({ root, name: args.pipeline, ...options }, async (open) => {
      const { contract, pipeline, deployment, folder, where, variables } = open;
      const { environment, brokers } = deployment;
      const of = { contract, environment, stage: stageIn(contract, args.stage) };
      const { event, at, type, observe: isObserved } = options;
      const taken = await take(deployment, { ...of, root, event, at, type, isObserved });
      if (taken.kind === 'unsafe')
        return fail(
          terminal,
          {
            what: 'it would lose other records',
            why: `${taken.why} Fix: ${taken.fix}.`,
            next: nextCommand('dev', where, ['--once']),
          },
          exitCode.unsafeRefused,
        );
      const invocation = await invokeStage(
        { ...of, root, pipeline, folder, platform: variables, brokers, variables: process.env, isObserved },
        taken.records,
      );
      const report = invocationReport(of.stage, isObserved, taken.records, invocation);
      writeLine(
        terminal.out,
        options.output === 'table'
          ? invocationText(report, terminal.out)
          : JSON.stringify(report, null, options.output === 'json' ? 2 : undefined),
      );
      return report.error === null ? exitCode.ok : exitCode.error;
    });
  },
});

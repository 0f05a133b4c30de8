import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ResolvedContract, StageName } from '../../core/contract/resolved.ts';
import { stageSources } from '../../core/contract/stage-sources.ts';
import { messageOf, UsageError } from '../../core/errors.ts';
import type { LoggedRecord } from '../../core/ports/event-log.ts';
import type { OutputRecord } from '../../core/record.ts';
import { outOfOrder } from '../../local/invoke/invoke-safety.ts';
import { invokeStage } from '../../local/invoke/invoke-stage.ts';
import {
  asIfAppended,
  isMappingEvent,
  recordAt,
  recordOfJson,
  recordsInEvent,
  type InvokedStage,
  type Place,
} from '../../local/invoke/invoked-records.ts';
import type { Deployment } from '../../ops/deployment.ts';
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

/** @throws {UsageError} for a file that cannot be read, or holds no JSON */
const jsonIn = (root: string, file: string): unknown => {
  const refuse = (got: string, fix: string): UsageError =>
    new UsageError('USAGE', {
      message: `--event: got ${file}, ${got}; expected a file with one event as JSON. Fix: ${fix}.`,
    });
  let content: string;
  try {
    content = readFileSync(resolve(root, file), 'utf8');
  } catch (thrown) {
    throw refuse(`which cannot be read (${messageOf(thrown)})`, 'name a file that is there');
  }
  try {
    return JSON.parse(content) as unknown;
  } catch (thrown) {
    const isLines = content.trim().includes('\n{');
    throw refuse(
      `which is not JSON (${messageOf(thrown)})`,
      isLines ? 'it has several lines: write one of them to a file of its own' : 'mend it',
    );
  }
};

/** What is asked for of the stage. */
interface Asked extends InvokedStage {
  readonly root: string;
  readonly event: string | undefined;
  readonly at: Place | undefined;
  readonly type: string | undefined;
  readonly isObserved: boolean;
}

type Taken =
  | { readonly kind: 'taken'; readonly records: readonly LoggedRecord[] }
  /** It would lose others. */
  | { readonly kind: 'unsafe'; readonly why: string };

const writtenRecords = (
  asked: Asked,
  file: string,
  now: LoggedRecord['timestamp'],
): readonly OutputRecord[] => {
  const given = jsonIn(asked.root, file);
  return isMappingEvent(given) ? recordsInEvent(given, asked) : [recordOfJson(given, asked.type, asked, now)];
};

/** The records to invoke with: those in the log, or those that are put there for it. */
const take = async ({ log, groups, clock }: Deployment, asked: Asked): Promise<Taken> => {
  const { at, event, isObserved } = asked;
  const isFine = async (records: readonly LoggedRecord[]): Promise<Taken> => {
    if (isObserved) return { kind: 'taken', records };
    // Each is judged as the first: those before it in the same batch are folded with it.
    const firsts = [...Map.groupBy(records, ({ partition }) => partition).values()].flatMap(
      ([first]) => first ?? [],
    );
    for (const record of firsts) {
      const why = await outOfOrder({ log, groups }, asked, record);
      if (why !== undefined) return { kind: 'unsafe', why };
    }
    return { kind: 'taken', records };
  };
  if (at !== undefined) return isFine([await recordAt(log, at, asked)]);
  if (event === undefined)
    throw new UsageError('USAGE', {
      message:
        'got neither --event nor --at, expected one of them. Fix: name a file with --event, or a record with --at.',
    });
  const written = writtenRecords(asked, event, clock.now());
  const placed = await isFine(await asIfAppended(log, written, clock.now()));
  if (isObserved || placed.kind === 'unsafe') return placed;
  // In the log it has coordinates of its own, and whoever consumes the topic later knows it.
  const results = await log.produce(written);
  const appended: LoggedRecord[] = [];
  for (const [index, result] of results.entries()) {
    const record = written[index];
    if (record === undefined || result.kind !== 'acked')
      throw new UsageError('USAGE', {
        message: `--event: got a record that ${record?.topic ?? 'the topic'} did not take (${result.kind}); expected one within its limits. Fix: make it smaller, or look whether the log answers.`,
      });
    const { partition, offset } = result;
    appended.push(await recordAt(log, { topic: record.topic, partition, offset }, asked));
  }
  return { kind: 'taken', records: appended };
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
            why: `${taken.why} Fix: add --observe, or let the pipeline come there first.`,
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

import { mskArn, openExamined } from '../local/examined.ts';
import { choosePipeline, stateFolderOf } from '../local/pipeline-choice.ts';
import { examine } from '../ops/doctor/doctor.ts';
import { UsageError } from '../core/errors.ts';
import { defineCommand } from './command.ts';
import { deploymentOptions } from './deployment.ts';
import { doctorLines } from './doctor-text.ts';
import { exitCode } from './exit-code.ts';
import { listingOption } from './listing.ts';
import { environmentOption, tablesOption } from './observed.ts';
import { flag, parsed } from './option.ts';
import { pipelineArgument } from './pipeline-options.ts';
import { dynamoOf, kafkaOf } from './platform-options.ts';
import { writeLine } from './terminal.ts';

const accountRegion = (region: string | undefined, cluster: string | undefined): string => {
  const named = region ?? cluster ?? process.env['AWS_REGION'];
  if (named !== undefined) return named;
  throw new UsageError('USAGE', {
    message:
      'got --account and no region, expected one. Fix: write --region eu-central-1, or set AWS_REGION.',
  });
};

export const doctor = defineCommand({
  metadata: {
    name: 'doctor',
    summary: 'examine what the pipeline stands on',
    description: [
      'Asks brokers, DynamoDB and, where they are named, MSK and the AWS account for what the contract needs of them, and',
      'changes nothing. Each line is ok, a warning or a failure: a warning is what works today and may not tomorrow. Exit 1',
      'where something fails. Rights are those of whoever asks, so give --auth as the functions have it. What could not be',
      'looked at is said, and is never taken for right. Without --bootstrap it examines the state of the local run.',
    ].join('\n'),
    examples: [
      'freshet doctor',
      'freshet doctor --bootstrap broker-1:9098 --auth iam:eu-central-1 --dynamodb aws',
      'freshet doctor --output json',
    ],
  },
  args: { pipeline: pipelineArgument },
  options: {
    ...deploymentOptions,
    environment: environmentOption,
    tables: tablesOption,
    clusterArn: parsed('arn', 'of an MSK cluster: what MSK says of it', mskArn),
    account: flag('also look at the limits of the AWS account in Lambda'),
    output: listingOption,
  },
  handler: async ({ args, options }, { root, terminal: { out } }) => {
    const { functions, state, environment, tables, clusterArn, profile } = options;
    const chosen = { kafka: kafkaOf(options), dynamodb: dynamoOf(options) };
    const account = options.account ? accountRegion(options.region, clusterArn?.region) : undefined;
    const { contract } = await choosePipeline({ root, functionsFolder: functions, name: args.pipeline });
    const folder = stateFolderOf(root, contract.pipeline, state);
    const ports = await openExamined({
      ...chosen,
      folder,
      contract,
      environment,
      tables,
      clusterArn,
      account,
      profile,
    });
    try {
      const findings = await examine(ports, { contract, environment });
      if (options.output === 'json') writeLine(out, JSON.stringify(findings, null, 2));
      else if (options.output === 'ndjson')
        for (const finding of findings) writeLine(out, JSON.stringify(finding));
      else for (const line of doctorLines(out, findings)) writeLine(out, line);
      return findings.some(({ level }) => level === 'failure') ? exitCode.error : exitCode.ok;
    } finally {
      ports.close();
    }
  },
});

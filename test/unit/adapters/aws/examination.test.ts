import { describe, expect, it, vi } from 'vitest';
import { openLambdaAccount } from '../../../../lib/adapters/aws/lambda-account.ts';
import { openMsk } from '../../../../lib/adapters/aws/msk.ts';
import { answer } from '../../../support/examinations.ts';
import { fakeAws, type AwsAnswer } from '../../../support/fake-aws.ts';

const identity = {
  region: 'eu-central-1',
  credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: undefined },
};
const arn = 'arn:aws:kafka:eu-central-1:123456789012:cluster/flights/11111111-2222-3333-4444-555555555555-1';
const cluster = `/api/v2/clusters/${arn}`;
const bootstrap = `/v1/clusters/${arn}/bootstrap-brokers`;

const ask = async <Value>(
  service: 'KAFKA' | 'LAMBDA',
  answers: Readonly<Record<string, AwsAnswer>>,
  question: () => Promise<Value>,
): Promise<Value> => {
  const { endpoint } = await fakeAws(answers);
  vi.stubEnv(`AWS_ENDPOINT_URL_${service}`, endpoint);
  try {
    return await question();
  } finally {
    vi.unstubAllEnvs();
  }
};

const mskFacts = (answers: Readonly<Record<string, AwsAnswer>>) =>
  ask('KAFKA', answers, async () => {
    const msk = openMsk(identity);
    try {
      return await msk.cluster(arn);
    } finally {
      msk.close();
    }
  });

const accountFacts = (answers: Readonly<Record<string, AwsAnswer>>) =>
  ask('LAMBDA', answers, async () => {
    const account = openLambdaAccount(identity);
    try {
      return await account.account();
    } finally {
      account.close();
    }
  });

/** As the API reference of Amazon MSK has the answer, cut to what is read and some of what is not. */
const provisioned = {
  clusterInfo: {
    activeOperationArn: 'none',
    clusterArn: arn,
    clusterName: 'flights',
    clusterType: 'PROVISIONED',
    state: 'ACTIVE',
    provisioned: {
      brokerNodeGroupInfo: { clientSubnets: ['subnet-1'], instanceType: 'kafka.t3.small' },
      currentBrokerSoftwareInfo: { kafkaVersion: '3.8.x' },
      clientAuthentication: {
        sasl: { scram: { enabled: true }, iam: { enabled: true } },
        tls: { enabled: false },
        unauthenticated: { enabled: false },
      },
      encryptionInfo: { encryptionInTransit: { clientBroker: 'TLS_PLAINTEXT', inCluster: true } },
      numberOfBrokerNodes: 3,
    },
  },
};

describe('a cluster of MSK', () => {
  it('is read from what MSK answers', async () => {
    const facts = await mskFacts({
      [cluster]: { body: provisioned },
      [bootstrap]: {
        body: {
          bootstrapBrokerStringSaslIam: 'b-1:9098,b-2:9098',
          bootstrapBrokerStringSaslScram: 'b-1:9096',
        },
      },
    });
    expect(facts).toEqual(
      answer({
        name: 'flights',
        state: 'ACTIVE',
        kind: 'provisioned',
        kafkaVersion: '3.8.x',
        instanceType: 'kafka.t3.small',
        brokers: 3,
        authentication: ['iam', 'scram'],
        encryption: 'TLS_PLAINTEXT',
        bootstrap: answer(['b-1:9096', 'b-1:9098', 'b-2:9098']),
      }),
    );
  });

  it('may be serverless', async () => {
    const serverless = {
      clusterInfo: {
        clusterName: 'flights',
        clusterType: 'SERVERLESS',
        state: 'ACTIVE',
        serverless: { vpcConfigs: [], clientAuthentication: { sasl: { iam: { enabled: true } } } },
      },
    };
    expect(await mskFacts({ [cluster]: { body: serverless } })).toMatchObject({
      value: {
        kind: 'serverless',
        authentication: ['iam'],
        kafkaVersion: undefined,
        bootstrap: { kind: 'unanswered', code: 'ForbiddenException' },
      },
    });
  });

  it('that one may not describe is not answered, with the reason', async () => {
    expect(await mskFacts({})).toEqual({
      kind: 'unanswered',
      code: 'ForbiddenException',
      why: expect.stringContaining('not allowed'),
    });
  });
});

describe('an account in Lambda', () => {
  const settings = { AccountLimit: { ConcurrentExecutions: 1_000, UnreservedConcurrentExecutions: 900 } };
  const mappings = '/2015-03-31/event-source-mappings';

  it('is read from what Lambda answers, over all pages', async () => {
    const mapping = { FunctionArn: 'f', State: 'Enabled' };
    const facts = await accountFacts({
      '/2016-08-19/account-settings': { body: settings },
      [mappings]: {
        body: {
          NextMarker: 'more',
          EventSourceMappings: [
            { ...mapping, UUID: 'a', AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'g' } },
            { ...mapping, UUID: 'b', EventSourceArn: 'arn:aws:sqs:eu-central-1:123456789012:q' },
          ],
        },
      },
      [`${mappings}?Marker=more`]: {
        body: {
          EventSourceMappings: [
            { ...mapping, UUID: 'c', SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: 'h' } },
          ],
        },
      },
    });
    expect(facts).toEqual(
      answer({
        concurrency: 1_000,
        unreserved: 900,
        mappings: answer([
          { id: 'a', functionArn: 'f', state: 'Enabled', group: 'g' },
          { id: 'c', functionArn: 'f', state: 'Enabled', group: 'h' },
        ]),
      }),
    );
  });

  it('keeps its limits where the mappings may not be listed', async () => {
    expect(await accountFacts({ '/2016-08-19/account-settings': { body: settings } })).toMatchObject({
      value: { unreserved: 900, mappings: { kind: 'unanswered' } },
    });
  });

  it('that does not answer is not answered', async () => {
    expect((await accountFacts({})).kind).toBe('unanswered');
  });
});

import { tableNames } from '../../core/contract/tables.ts';
import { namesIn, stageSources } from '../../core/contract/stage-sources.ts';
import { planTopics, type PlannedTopic } from '../topics/topic-plan.ts';
import type { DoctorPorts, ExaminedDynamoDb, ExaminedFolder } from './doctor-ports.ts';
import { areas, findingsOn, type Finding } from './finding.ts';
import { judgeAccount } from './judge-account.ts';
import { judgeStoreClock } from './judge-clocks.ts';
import { judgeMsk } from './judge-msk.ts';
import { judgeTable } from './judge-tables.ts';
import { missing } from './judge-topics.ts';
import { probeKafka, probeOffsets, type Examined } from './probe-kafka.ts';

const foundState = 'the state of a local run';

/** The embedded log: it has no brokers, no rights and no clock but ours. */
const probeFolder = async (
  { folder, opened }: ExaminedFolder,
  examined: Examined,
): Promise<readonly Finding[]> => {
  const on = findingsOn('state', 'state folder', folder);
  if (opened.kind === 'unanswered')
    return [
      on.failure(
        opened.why,
        foundState,
        'start one with `npx freshet dev`, or name its folder with --state, or a cluster with --bootstrap',
      ),
      findingsOn('topics', 'topics', examined.contract.pipeline).notProbed(
        'no state folder',
        'the topics of the contract',
        'mend the state folder, and look again',
      ),
    ];
  const log = opened.value;
  const plan = await planTopics({ ...examined, log });
  const offsets = await Promise.all(
    stageSources(examined.contract).map((stage) =>
      probeOffsets(log, namesIn(examined.environment, stage).source),
    ),
  );
  return [on.ok('it opens', foundState), ...plan.flatMap(judgePlanned), ...offsets];
};

const asWanted = 'as the contract wants it';

const judgePlanned = (planned: PlannedTopic): readonly Finding[] => {
  const { name } = planned.topic;
  switch (planned.kind) {
    case 'as-wanted':
      return [findingsOn('topics', 'topic', name).ok(asWanted, asWanted)];
    case 'create':
    case 'absent':
      return [missing(planned.topic)];
    case 'drifted':
      return planned.drifts.map(({ setting, got, expected, fix }) =>
        findingsOn('topics', setting, name).failure(got, expected, fix),
      );
  }
};

/** Stores in the state folder, beside a log that is Kafka's. */
const judgeStores = ({ folder, opened }: ExaminedFolder): Finding => {
  const on = findingsOn('state', 'stores', folder);
  return opened.kind === 'answered'
    ? on.ok('embedded, in a state folder that opens', foundState)
    : on.notProbed(
        `no --dynamodb, and ${opened.why}`,
        'the tables of the pipeline',
        'name DynamoDB with --dynamodb, or the folder of a local run with --state',
        'warning',
      );
};

const probeTables = async ({ address, tables, opened }: ExaminedDynamoDb): Promise<readonly Finding[]> => {
  if (opened.kind === 'unanswered')
    return [
      findingsOn('tables', 'connection', address).failure(
        opened.why,
        'credentials and a region that DynamoDB takes',
        'sign in (aws sso login), or name another --profile or --region',
      ),
      judgeStoreClock(undefined),
    ];
  const examination = opened.value;
  const findings = await Promise.all(
    tableNames.map(async (name): Promise<readonly Finding[]> => {
      const table = tables[name];
      return table === undefined
        ? [
            findingsOn('tables', 'table', name).notProbed(
              'nobody said what it is called',
              'a name for each table',
              `add ${name}=<table> to --tables`,
              'warning',
            ),
          ]
        : judgeTable(name, table, await examination.table(table));
    }),
  );
  return [...findings.flat(), judgeStoreClock(examination.clock())];
};

const probeMsk = async ({ msk, log }: DoctorPorts): Promise<readonly Finding[]> => {
  if (msk === undefined) return [];
  const { arn, opened } = msk;
  const answered = opened.kind === 'answered' ? await opened.value.cluster(arn) : opened;
  if (log.kind !== 'kafka') return judgeMsk({ arn, bootstrap: undefined, authentication: 'none' }, answered);
  const { auth, bootstrap } = log;
  // MSK may answer where its brokers do not: then no more is known than what was given.
  const authentication = log.opened.kind === 'answered' ? log.opened.value.access.authentication : auth;
  return judgeMsk({ arn, bootstrap, authentication }, answered);
};

const probeAccount = async (
  { account }: DoctorPorts,
  { contract, environment }: Examined,
): Promise<readonly Finding[]> => {
  if (account === undefined) return [];
  const answered = account.kind === 'answered' ? await account.value.account() : account;
  return judgeAccount(contract, environment, answered);
};

/** Looks at what a pipeline stands on, and changes nothing. Findings come in the order of {@link areas}. */
export const examine = async (ports: DoctorPorts, examined: Examined): Promise<readonly Finding[]> => {
  const { log, stores } = ports;
  const found = await Promise.all([
    log.kind === 'kafka' ? probeKafka(log, examined) : probeFolder(log, examined),
    stores.kind === 'dynamodb' ? probeTables(stores) : log.kind === 'kafka' ? [judgeStores(stores)] : [],
    probeMsk(ports),
    probeAccount(ports, examined),
  ]);
  return found.flat().toSorted((one, other) => areas.indexOf(one.area) - areas.indexOf(other.area));
};

import type { DynamoStores } from '../../lib/adapters/dynamodb/dynamodb.ts';
import { ceHeader } from '../../lib/core/envelope.ts';
import { deadLettersIn, topicIn, type ResolvedContract } from '../../lib/core/contract/resolved.ts';
import { namesIn, stageSources } from '../../lib/core/contract/stage-sources.ts';
import type { ConsumerGroups, EventLog, LoggedRecord } from '../../lib/core/ports/event-log.ts';
import { lastHeader, textOf } from '../../lib/core/record.ts';
import { localEnvironment } from '../../lib/local/pipeline-choice.ts';
import { everyRecord } from '../support/every-record.ts';
import type { DeadLetter, Evidence, StageCommit } from '../support/evidence.ts';

export interface Sources {
  readonly contract: ResolvedContract;
  readonly log: EventLog;
  readonly groups: Pick<ConsumerGroups, 'committed'>;
  readonly stores: Pick<DynamoStores, 'rows' | 'claims' | 'effects'>;
}

/** Of what a stage made: the event that its chain began with. */
const originOf = ({ headers }: LoggedRecord): string => {
  const correlation = ceHeader(headers, 'correlationid') ?? '';
  return correlation.slice(correlation.indexOf('#') + 1);
};

const valueOf = ({ value }: LoggedRecord): string => textOf(value ?? new Uint8Array());

/** Where the record stands that a dead letter is of, and why: the stage says it in headers, the mapping in the value. */
const readLetter = (letter: LoggedRecord): { readonly place: string; readonly reason: string } => {
  const header = (name: string): string | undefined => {
    const value = lastHeader(letter.headers, name);
    return value === undefined ? undefined : textOf(value);
  };
  const reason = header('freshet.reason');
  if (reason !== undefined) {
    const parts = ['topic', 'partition', 'offset'].map((part) => header(`__connect.errors.${part}`));
    return { place: parts.join('/'), reason };
  }
  const { payload } = JSON.parse(valueOf(letter)) as {
    readonly payload: { readonly records: Readonly<Record<string, readonly LoggedRecord[]>> };
  };
  const [record] = Object.values(payload.records).flat();
  return { place: `${record?.topic}/${record?.partition}/${record?.offset}`, reason: 'mapping-gave-up' };
};

/** What each stage's group has committed, in the order of the flow. */
export const commitsOf = async ({
  contract,
  log,
  groups,
}: Pick<Sources, 'contract' | 'log' | 'groups'>): Promise<readonly StageCommit[]> => {
  const commits: StageCommit[] = [];
  for (const stage of stageSources(contract)) {
    const { source, group } = namesIn(localEnvironment, stage);
    const committed = await groups.committed(group);
    for (const { partition, end } of await log.offsets(source))
      commits.push({
        stage: stage.name,
        partition,
        committed:
          committed.find((entry) => entry.topic === source && entry.partition === partition)?.offset ?? 0,
        end,
      });
  }
  return commits;
};

/** Everything but what was sent and received. */
export const gatherEvidence = async (
  sources: Sources,
): Promise<Omit<Evidence, 'policy' | 'sent' | 'requests'>> => {
  const { contract, log, stores } = sources;
  const read = (topic: Parameters<typeof topicIn>[1]): Promise<readonly LoggedRecord[]> =>
    everyRecord(log, topicIn(localEnvironment, topic));
  const source = await read(contract.source);
  const [vectors, decisions] = [await read(contract.vectors), await read(contract.decisions)];
  const eventOf = (record: LoggedRecord): string => ceHeader(record.headers, 'id') ?? '';
  const place = ({ topic, partition, offset }: LoggedRecord): string => `${topic}/${partition}/${offset}`;
  const events = new Map([
    ...source.map((record) => [place(record), eventOf(record)] as const),
    ...[...vectors, ...decisions].map((record) => [place(record), originOf(record)] as const),
  ]);
  const letters: DeadLetter[] = [];
  for (const { name, topic } of stageSources(contract))
    for (const letter of await everyRecord(log, deadLettersIn(localEnvironment, topic))) {
      const { place: at, reason } = readLetter(letter);
      letters.push({ stage: name, event: events.get(at) ?? at, reason });
    }
  const entities = [...new Set(source.map(({ key }) => textOf(key ?? new Uint8Array())))];
  const rows = await stores.rows.read(entities);
  const openIn = async (ledger: 'claims' | 'effects'): Promise<number> => {
    const { CLAIMED = 0, RELEASED = 0 } = await stores[ledger].countByState();
    return CLAIMED + RELEASED;
  };
  return {
    logged: source.map((record) => ({
      id: eventOf(record),
      entity: textOf(record.key ?? new Uint8Array()),
      partition: record.partition,
      offset: record.offset,
      appendedAt: record.timestamp,
    })),
    decisions: decisions.map((record) => {
      const value = valueOf(record);
      const { position } = JSON.parse(value) as { readonly position: number };
      return { event: originOf(record), value, position };
    }),
    outcomes: (await read(contract.outcomes)).map((record) => ({ event: originOf(record) })),
    letters,
    rows: new Map(
      entities.flatMap((entity, index) => {
        const row = rows[index];
        if (row?.kind !== 'read' || row.value === undefined) return [];
        return [[entity, (JSON.parse(row.value.body) as { readonly version: number }).version] as const];
      }),
    ),
    commits: await commitsOf(sources),
    openKeys: new Map([
      ['inference', await openIn('claims')],
      ['action', await openIn('effects')],
    ]),
  };
};

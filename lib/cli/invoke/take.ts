/** Which records a stage is invoked with. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { messageOf, UsageError } from '../../core/errors.ts';
import type { LoggedRecord } from '../../core/ports/event-log.ts';
import type { OutputRecord } from '../../core/record.ts';
import { outOfOrder } from '../../local/invoke/invoke-safety.ts';
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
export interface Asked extends InvokedStage {
  readonly root: string;
  readonly event: string | undefined;
  readonly at: Place | undefined;
  readonly type: string | undefined;
  readonly isObserved: boolean;
}

export type Taken =
  | { readonly kind: 'taken'; readonly records: readonly LoggedRecord[] }
  /** It would lose others. */
  | { readonly kind: 'unsafe'; readonly why: string; readonly fix: string };

type Reached = Pick<Deployment, 'log' | 'groups' | 'clock'>;

/** @throws {UsageError} for a type that is named of what is no event, or says itself what it is */
const refuseType = ({ type }: Asked, why: string): void => {
  if (type === undefined) return;
  throw new UsageError('USAGE', {
    message: `--type: got "${type}", expected none: ${why}. Fix: leave it out.`,
  });
};

const writtenRecords = (
  asked: Asked,
  file: string,
  now: LoggedRecord['timestamp'],
): readonly OutputRecord[] => {
  const given = jsonIn(asked.root, file);
  if (!isMappingEvent(given)) return [recordOfJson(given, asked.type, asked, now)];
  refuseType(asked, 'records of an event of Lambda say their type themselves');
  return recordsInEvent(given, asked);
};

/** Why the records must not be given to the stage now. */
const whyUnsafe = async (
  { log, groups }: Reached,
  asked: Asked,
  records: readonly LoggedRecord[],
): Promise<string | undefined> => {
  if (asked.isObserved) return undefined;
  // Each is judged as the first: those before it in the same batch are folded with it.
  const firsts = [...Map.groupBy(records, ({ partition }) => partition).values()].flatMap(
    ([first]) => first ?? [],
  );
  for (const record of firsts) {
    const why = await outOfOrder({ log, groups }, asked, record);
    if (why !== undefined) return why;
  }
  return undefined;
};

const orderFirst = 'add --observe, or let the pipeline come there first';

/** @throws {UsageError} for a record that the log does not take */
const appended = async (
  { log }: Reached,
  asked: Asked,
  written: readonly OutputRecord[],
): Promise<readonly LoggedRecord[]> => {
  const results = await log.produce(written);
  const records: LoggedRecord[] = [];
  for (const [index, result] of results.entries()) {
    const record = written[index];
    if (record === undefined || result.kind !== 'acked')
      throw new UsageError('USAGE', {
        message: `--event: got a record that ${record?.topic ?? 'the topic'} did not take (${result.kind}); expected one within its limits. Fix: make it smaller, or look whether the log answers.`,
      });
    const { partition, offset } = result;
    records.push(await recordAt(log, { topic: record.topic, partition, offset }, asked));
  }
  return records;
};

/**
 * The records to invoke with: those in the log, or those that are put there for it.
 *
 * @throws {UsageError} for what names no record, or none that the stage reads
 */
export const take = async (reached: Reached, asked: Asked): Promise<Taken> => {
  const { log, clock } = reached;
  const { at, event, stage, isObserved } = asked;
  if (stage === 'inference' || stage === 'action')
    refuseType(
      asked,
      `${stage} reads ${stage === 'inference' ? 'vectors' : 'decisions'}, which have no types`,
    );
  if (at !== undefined) {
    refuseType(asked, 'a record of the log says its type itself');
    const records = [await recordAt(log, at, asked)];
    const why = await whyUnsafe(reached, asked, records);
    return why === undefined ? { kind: 'taken', records } : { kind: 'unsafe', why, fix: orderFirst };
  }
  if (event === undefined)
    throw new UsageError('USAGE', {
      message:
        'got neither --event nor --at, expected one of them. Fix: name a file with --event, or a record with --at.',
    });
  const written = writtenRecords(asked, event, clock.now());
  const placed = await asIfAppended(log, written, clock.now());
  const why = await whyUnsafe(reached, asked, placed);
  if (why !== undefined) return { kind: 'unsafe', why, fix: orderFirst };
  if (isObserved) return { kind: 'taken', records: placed };
  // In the log it has coordinates of its own, and whoever consumes the topic later knows it.
  const records = await appended(reached, asked, written);
  // Beside a run somebody else may have appended in between.
  const whyAppended = await whyUnsafe(reached, asked, records);
  if (whyAppended === undefined) return { kind: 'taken', records };
  const places = records.map(({ topic, partition, offset }) => `${topic}/${partition}/${offset}`).join(', ');
  return {
    kind: 'unsafe',
    why: `${whyAppended} It is appended at ${places} and was not invoked: the run takes it when it comes there.`,
    fix: 'wait for the run, or start one',
  };
};

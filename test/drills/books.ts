import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openEmbedded } from '../../lib/adapters/sqlite/embedded.ts';
import { systemClock } from '../../lib/adapters/system.ts';
import { ceHeader } from '../../lib/core/envelope.ts';
import type { LoggedRecord } from '../../lib/core/ports/event-log.ts';
import { idempotencyKey } from '../../lib/core/identity.ts';
import { textOf } from '../../lib/core/record.ts';
import { DatabaseSync } from 'node:sqlite';
import { everyRecord } from '../support/every-record.ts';

/** What a state folder says that happened. */
export interface Books {
  readonly published: readonly { readonly id: string; readonly type: string }[];
  /** Value by id; a decision that was emitted again stands once for each time. */
  readonly decisions: readonly { readonly id: string; readonly causedBy: string; readonly value: string }[];
  readonly effects: readonly { readonly key: string; readonly digest: string }[];
  /** Why an effect was not had, by the key that the receiver would have seen. */
  readonly notHad: ReadonlyMap<string, string>;
  /** Body by entity. */
  readonly rows: ReadonlyMap<string, string>;
}

/** How many records the log of a state folder has; 0 where there is none yet. */
export const recordsIn = (folder: string): number => {
  const file = join(folder, 'freshet.db');
  if (!existsSync(file)) return 0;
  try {
    const database = new DatabaseSync(file, { readOnly: true });
    const row = database.prepare('SELECT sum(next_offset) AS records FROM partitions').get();
    database.close();
    return Number(row?.['records'] ?? 0);
  } catch {
    // It is being made.
    return 0;
  }
};

export const booksOf = async (folder: string, pipeline: string): Promise<Books> => {
  const embedded = openEmbedded({ folder, pipeline, clock: systemClock });
  try {
    const topics = (await embedded.log.listTopics()).map(({ name }) => name);
    const all = async (isWanted: (name: string) => boolean): Promise<readonly LoggedRecord[]> =>
      (await Promise.all(topics.filter(isWanted).map((topic) => everyRecord(embedded.log, topic)))).flat();
    const isMade = (name: string): boolean => /\.(?:vector|decision|outcome|dlq)$/.test(name);
    const published = await all((name) => !isMade(name));
    const decisions = await all((name) => name.endsWith('.decision'));
    const database = new DatabaseSync(join(folder, 'freshet.db'), { readOnly: true });
    const rows = database.prepare('SELECT entity, body FROM rows ORDER BY entity').all();
    database.close();
    const settled = await embedded.effects.list({
      states: ['SUPPRESSED', 'FAILED', 'IN_DOUBT'],
      limit: 1_000_000,
    });
    const journal = await readFile(join(folder, 'receiver.ndjson'), 'utf8');
    return {
      published: published.map((record) => ({
        id: ceHeader(record.headers, 'id') ?? '',
        type: ceHeader(record.headers, 'type') ?? '',
      })),
      decisions: decisions.map((record) => ({
        id: ceHeader(record.headers, 'id') ?? '',
        causedBy: ceHeader(record.headers, 'correlationid') ?? '',
        value: textOf(record.value ?? new Uint8Array()),
      })),
      effects: journal
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as { did: string; key: string; digest: string })
        .filter(({ did }) => did === 'effect')
        .map(({ key, digest }) => ({ key, digest })),
      notHad: new Map(
        settled.map(({ key, state, reason }) => [idempotencyKey(pipeline, key), `${state}: ${reason}`]),
      ),
      rows: new Map(rows.map((row) => [String(row['entity']), String(row['body'])])),
    };
  } finally {
    embedded.close();
  }
};

/** Effects that a calm run had and a disturbed one did not, for the deadline had passed: the contract says so. */
export const tooLate = (calm: Books, { notHad, effects }: Books): readonly string[] => {
  const had = new Set(effects.map(({ key }) => key));
  return calm.effects.flatMap(({ key }) =>
    !had.has(key) && notHad.get(key) === 'SUPPRESSED: late' ? [key] : [],
  );
};

/** Of the effects: what a kill delays beyond its deadline is a batch, and not a run. docs/guarantees.md tells it. */
const mostLate = 0.01;

/** How the books of a disturbed run differ from those of a calm one; none: nothing was lost, and nothing done twice. */
export const differences = (calm: Books, disturbed: Books, asks: string): readonly string[] => {
  const found: string[] = [];
  const asked = disturbed.published.filter(({ type }) => type === asks);
  const versions = new Map<string, Set<string>>();
  for (const { id, value } of disturbed.decisions)
    versions.set(id, (versions.get(id) ?? new Set()).add(value));
  const decided = new Map<string, Set<string>>();
  for (const { id, causedBy } of disturbed.decisions) {
    const event = causedBy.slice(causedBy.indexOf('#') + 1);
    decided.set(event, (decided.get(event) ?? new Set()).add(id));
  }
  const missing = asked.filter(({ id }) => !decided.has(id));
  if (missing.length > 0)
    found.push(
      `lost: ${missing.length} of ${asked.length} events that ask have no decision (${missing[0]?.id})`,
    );
  const twice = asked.filter(({ id }) => (decided.get(id)?.size ?? 0) > 1);
  if (twice.length > 0)
    found.push(
      `decided twice: ${twice.length} of ${asked.length} events that ask have several decisions (${twice[0]?.id})`,
    );
  const changed = [...versions].filter(([, values]) => values.size > 1);
  if (changed.length > 0)
    found.push(`not frozen: ${changed.length} decisions were emitted in several versions`);
  if (calm.published.length !== disturbed.published.length)
    found.push(
      `published ${disturbed.published.length} events, ${calm.published.length} without disturbance`,
    );
  const keys = disturbed.effects.map(({ key }) => key);
  if (new Set(keys).size !== keys.length)
    found.push(`duplicate: ${keys.length - new Set(keys).size} effects were had again`);
  const expected = new Map(calm.effects.map(({ key, digest }) => [key, digest]));
  const actual = new Map(disturbed.effects.map(({ key, digest }) => [key, digest]));
  const late = new Set(tooLate(calm, disturbed));
  if (late.size > calm.effects.length * mostLate)
    found.push(
      `late: ${late.size} of ${calm.effects.length} effects came after their deadline, which a few may`,
    );
  const unlike = [...expected].filter(([key, digest]) => actual.get(key) !== digest && !late.has(key));
  const phantom = [...actual.keys()].filter((key) => !expected.has(key));
  if (unlike.length > 0) {
    const why = new Set(
      unlike.map(([key]) => disturbed.notHad.get(key) ?? (actual.has(key) ? 'another request' : 'unknown')),
    );
    found.push(
      `effects: ${unlike.length} of ${expected.size} are missing or differ (${[...why].join(', ')})`,
    );
  }
  if (phantom.length > 0) found.push(`phantom: ${phantom.length} effects that an undisturbed run has not`);
  for (const [entity, body] of calm.rows)
    if (disturbed.rows.get(entity) !== body) found.push(`row ${entity} differs`);
  if (calm.rows.size !== disturbed.rows.size)
    found.push(`${disturbed.rows.size} rows, ${calm.rows.size} without disturbance`);
  return found;
};

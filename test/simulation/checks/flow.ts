/** I1, I3, I5, I7, I8, I9: that nothing is lost, changed or done again on its way. */
import { bytesOfBinaryText } from '../../../lib/core/ledger/stored-record.ts';
import type { LoggedRecord } from '../../../lib/core/ports/event-log.ts';
import { coordinateKey, textOf } from '../../../lib/core/record.ts';
import { isSettled, laterVerdict, type Verdict } from '../../../lib/core/verdict.ts';
import type { Entry, StageId } from '../journal.ts';
import type { Ran } from '../scenario.ts';
import { header, recordsIn, openKeys, verdictsOf, lettersOf, type Violation } from './evidence.ts';

/** I1, and the half of I5 that is about the commit: nothing is committed that has no verdict yet. */
export const accounting = (ran: Ran): readonly Violation[] => {
  const violations: Violation[] = [];
  const seen = new Map<string, Verdict>();
  const committed = new Map<string, number>();
  for (const entry of ran.journal.entries) {
    if (entry.kind === 'verdict') {
      const key = `${entry.stage} ${coordinateKey(entry.at)}`;
      seen.set(key, laterVerdict(seen.get(key), entry.verdict));
    }
    if (entry.kind !== 'committed') continue;
    const partition = `${entry.stage} ${entry.topicId}/${entry.partition}`;
    const from = committed.get(partition) ?? 0;
    for (let offset = from; offset < entry.offset; offset += 1) {
      const verdict = seen.get(`${partition}/${offset}`);
      if (verdict === undefined || !isSettled(verdict))
        violations.push({
          invariant: 'I5',
          what: `${partition}/${offset} was committed without a verdict (${verdict?.kind})`,
        });
    }
    committed.set(partition, Math.max(from, entry.offset));
  }
  return violations;
};

/** I3: what was emitted under one identity is the same bytes, and is what is stored. */
export const frozen = (ran: Ran): readonly Violation[] => {
  const violations: Violation[] = [];
  const bytesOf = (record: LoggedRecord): string =>
    JSON.stringify([
      textOf(record.value ?? new Uint8Array()),
      record.headers.map(({ name, value }) => [name, textOf(value)]),
    ]);
  const emitted = new Map<string, Set<string>>();
  const remember = (identity: string, record: LoggedRecord): void => {
    emitted.set(identity, (emitted.get(identity) ?? new Set()).add(bytesOf(record)));
  };
  for (const record of recordsIn(ran, '.decision')) remember(`decision ${header(record, 'ce_id')}`, record);
  for (const record of recordsIn(ran, '.outcome')) {
    const { revision } = JSON.parse(textOf(record.value ?? new Uint8Array())) as { revision: number };
    remember(
      `outcome ${header(record, 'ce_source')} ${header(record, 'ce_id')} revision ${revision}`,
      record,
    );
  }
  for (const record of [...recordsIn(ran, '.vector.dlq'), ...recordsIn(ran, '.decision.dlq')]) {
    // An identity conflict has no item of its own to be frozen in: its letter is made anew, to the same effect.
    const reason = header(record, 'freshet.reason');
    if (reason !== undefined && reason !== 'identity-conflict' && reason !== 'horizon')
      remember(`letter ${header(record, 'freshet.letter.id')}`, record);
  }
  for (const [identity, versions] of emitted)
    if (versions.size > 1)
      violations.push({ invariant: 'I3', what: `${identity} was emitted in ${versions.size} versions` });
  for (const [name, items] of [['decision', ran.stores.claims] as const])
    for (const item of items.values()) {
      const [stored] = item.emits;
      if (item.state !== 'DONE' || stored === undefined) continue;
      const id = stored.headers.find(([key]) => key === 'ce_id')?.[1];
      const isStored = [...(emitted.get(`${name} ${id}`) ?? [])].every((version) =>
        version.startsWith(JSON.stringify([textOf(bytesOfBinaryText(stored.value ?? ''))]).slice(0, -1)),
      );
      if (!isStored)
        violations.push({ invariant: 'I3', what: `${name} ${id} was emitted, but something else is stored` });
    }
  return violations;
};

/** The other half of I5: what is done has its output in the log, what is dead-lettered its letter. */
export const outputs = (ran: Ran): readonly Violation[] => {
  const violations: Violation[] = [];
  const caused = (ending: string): ReadonlySet<string> =>
    new Set(recordsIn(ran, ending).map((record) => header(record, 'ce_causationid') ?? ''));
  const inputs = new Map<string, LoggedRecord>();
  for (const { topicId, record } of ran.journal.of('appended'))
    inputs.set(`${topicId}/${record.partition}/${record.offset}`, record);
  const flow: readonly (readonly [StageId, string, string])[] = [
    ['features', '.vector', 'happened.dlq'],
    ['inference', '.decision', '.vector.dlq'],
    ['action', '.outcome', '.decision.dlq'],
  ];
  for (const [stage, output, deadLetters] of flow) {
    const [made, lettered] = [caused(output), lettersOf(ran, deadLetters)];
    const answeredKeys = new Map<string, boolean>();
    for (const [key, { verdict }] of verdictsOf(ran, stage)) {
      const record = inputs.get(key);
      const identity = record && `${header(record, 'ce_source')}#${header(record, 'ce_id')}`;
      if (record === undefined || identity === undefined) continue;
      if (verdict.kind === 'done' && !made.has(identity))
        violations.push({
          invariant: 'I5',
          what: `${stage} ${key} is done, and ${output} has nothing of it`,
        });
      if (stage !== 'features' && (verdict.kind === 'dead-lettered' || verdict.kind === 'in-doubt')) {
        answeredKeys.set(identity, (answeredKeys.get(identity) ?? false) || lettered.has(key));
      }
      if (stage === 'features' && verdict.kind === 'dead-lettered' && !lettered.has(key))
        violations.push({ invariant: 'I5', what: `${stage} ${key} is dead-lettered without a letter` });
    }
    // Records of one key share the letter of the first.
    for (const [identity, hasLetter] of answeredKeys)
      if (!hasLetter)
        violations.push({ invariant: 'I5', what: `${stage} ${identity} is dead-lettered without a letter` });
  }
  // Every vector that was made is decided on, or has a letter, or was suppressed.
  return violations;
};

/** The half of I7 that is about keys: none is left half done, but what a mapping gave up on. */
export const unfinishedKeys = (ran: Ran): readonly Violation[] => {
  const gaveUp = ran.journal.of('verdict').some(({ verdict }) => verdict.kind === 'mapping-gave-up');
  return gaveUp
    ? []
    : openKeys(ran).map((key) => ({ invariant: 'I7' as const, what: `left unfinished: ${key}` }));
};

/** I8: consuming finished keys once more sends nothing, decides nothing anew and folds nothing. */
export const replays = (ran: Ran): readonly Violation[] => {
  if (ran.replayedFrom === undefined) return [];
  const later = ran.journal.entries.slice(ran.replayedFrom);
  const sent = later.filter((entry) => entry.kind === 'request');
  const rows = later.filter((entry) => entry.kind === 'row');
  const settled = later.filter((entry) => entry.kind === 'ledger');
  const gaveUp = ran.journal.of('verdict').some(({ verdict }) => verdict.kind === 'mapping-gave-up');
  if (gaveUp) return [];
  return [
    ...sent.map(({ actor }) => ({
      invariant: 'I8' as const,
      what: `${actor} sent a request in a replay of finished keys`,
    })),
    ...rows.map(({ actor }) => ({ invariant: 'I8' as const, what: `${actor} wrote a row in a replay` })),
    ...settled.map((entry) => ({
      invariant: 'I8' as const,
      what: `${entry.actor} changed a finished key in a replay (${entry.kind === 'ledger' ? `${entry.transition} ${entry.key}` : ''})`,
    })),
  ];
};

/** I9: who shares a batch with a record that kills its worker is not given up on. */
export const isolation = (ran: Ran): readonly Violation[] => {
  const violations: Violation[] = [];
  const inputs = new Map<string, LoggedRecord>();
  for (const { topicId, record } of ran.journal.of('appended'))
    inputs.set(`${topicId}/${record.partition}/${record.offset}`, record);
  for (const stage of ['features', 'inference', 'action'] as const)
    for (const [key, { verdict }] of verdictsOf(ran, stage)) {
      const record = inputs.get(key);
      const data = record?.value
        ? (JSON.parse(textOf(record.value)) as { kills?: string | null; n: number })
        : undefined;
      const isGivenUp = verdict.kind === 'mapping-gave-up';
      if (
        isGivenUp &&
        ran.isBisecting &&
        data &&
        (data.kills ?? null) === null &&
        !ran.world.faults.has('recreate')
      )
        violations.push({ invariant: 'I9', what: `${stage} ${key} was given up on, and killed nobody` });
    }
  return violations;
};

/** Unfinished records are handed back only after a wait, and the wait comes when everything else is out. */
export const waits = (ran: Ran): readonly Violation[] => {
  const last = new Map<string, Extract<Entry, { kind: 'waited' | 'worked' }>>();
  const violations: Violation[] = [];
  for (const entry of ran.journal.entries) {
    if (entry.kind === 'waited' || entry.kind === 'worked') last.set(entry.actor, entry);
    if (entry.kind !== 'responded' || entry.unfinished === 0 || entry.leftMs < 3_000) continue;
    const before = last.get(entry.actor);
    if (before?.kind !== 'waited' || before.ms < 1_000)
      violations.push({
        invariant: 'wait',
        what: `${entry.actor} answered ${entry.unfinished} unfinished records without a wait at the end`,
      });
  }
  return violations;
};

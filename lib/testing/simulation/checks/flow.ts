/** I1, I3, I5, I7, I8: that nothing is lost, changed or done again on its way. */
import type { ResolvedTopic, StageName } from '../../../core/contract/resolved.ts';
import { topicIn } from '../../../core/contract/resolved.ts';
import { identityKey } from '../../../core/identity.ts';
import { outputOf } from '../../../core/ledger/stored-record.ts';
import type { LoggedRecord } from '../../../core/ports/event-log.ts';
import { coordinateKey, textOf, type OutputRecord } from '../../../core/record.ts';
import { isSettled, laterVerdict, type Verdict } from '../../../core/verdict.ts';
import type { Entry } from '../journal.ts';
import type { Ran } from '../ran.ts';
import { environment } from '../deployment.ts';
import {
  deadLettersOf,
  header,
  identityOf,
  itemsOf,
  letteredIn,
  openKeys,
  recordsByCoordinates,
  recordsIn,
  verdictsOf,
  type Violation,
} from './evidence.ts';

const sameBytes = (one: Uint8Array | null, other: Uint8Array | null): boolean =>
  one === null || other === null
    ? one === other
    : one.length === other.length && Buffer.compare(one, other) === 0;

type Content = Pick<OutputRecord, 'value' | 'headers'>;

const sameContent = (one: Content, other: Content): boolean =>
  sameBytes(one.value, other.value) &&
  one.headers.length === other.headers.length &&
  one.headers.every(({ name, value }, index) => {
    const there = other.headers[index];
    return there?.name === name && sameBytes(value, there.value);
  });

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
  const { vectors, decisions, outcomes } = ran.contract;
  const emitted = new Map<string, Content[]>();
  const remember = (identity: string, record: LoggedRecord): void => {
    const versions = emitted.get(identity);
    if (versions === undefined) emitted.set(identity, [record]);
    else if (!versions.some((version) => sameContent(version, record))) versions.push(record);
  };
  const decisionName = (record: Pick<OutputRecord, 'headers'>): string =>
    `decision ${header(record, 'ce_id')}`;
  const outcomeName = (record: Pick<OutputRecord, 'value' | 'headers'>): string => {
    const { revision } = JSON.parse(textOf(record.value ?? new Uint8Array())) as { revision: number };
    return `outcome ${header(record, 'ce_source')} ${header(record, 'ce_id')} revision ${revision}`;
  };
  for (const record of recordsIn(ran, decisions)) remember(decisionName(record), record);
  for (const record of recordsIn(ran, outcomes)) remember(outcomeName(record), record);
  for (const record of [...deadLettersOf(ran, vectors), ...deadLettersOf(ran, decisions)]) {
    // An identity conflict has no item of its own to be frozen in: its letter is made anew, to the same effect.
    const reason = header(record, 'freshet.reason');
    if (reason !== undefined && reason !== 'identity-conflict' && reason !== 'horizon')
      remember(`letter ${header(record, 'freshet.letter.id')}`, record);
  }
  for (const { key } of ran.journal.of('dangling'))
    violations.push({ invariant: 'I3', what: `an item points to ${key}, and nothing like it is there` });
  for (const [identity, versions] of emitted)
    if (versions.length > 1)
      violations.push({ invariant: 'I3', what: `${identity} was emitted in ${versions.length} versions` });
  for (const item of [...itemsOf(ran, 'claims'), ...itemsOf(ran, 'effects')])
    for (const stored of item.emits.map(outputOf)) {
      const name =
        stored.topic === topicIn(environment, decisions) ? decisionName(stored) : outcomeName(stored);
      if (emitted.get(name)?.some((version) => !sameContent(version, stored)))
        violations.push({ invariant: 'I3', what: `${name} was emitted, but something else is stored` });
    }
  return violations;
};

/** I3: a payload is answered with what was made of it, and never with what was made of another under the same identity. */
export const conflicts = (ran: Ran): readonly Violation[] => {
  const violations: Violation[] = [];
  const inputs = recordsByCoordinates(ran);
  for (const [stage, store] of [['inference', 'claims'] as const, ['action', 'effects'] as const]) {
    const digests = new Map(itemsOf(ran, store).map(({ key, originDigest }) => [key, originDigest]));
    for (const [at, { verdict }] of verdictsOf(ran, stage)) {
      const record = inputs.get(at);
      if (record === undefined || verdict.kind === 'mapping-gave-up' || !isSettled(verdict)) continue;
      const [source, id] = [header(record, 'ce_source'), header(record, 'ce_id')];
      const digest = digests.get(identityKey({ source: source ?? '', id: id ?? '' }));
      const isOther = digest !== undefined && digest !== header(record, 'ce_origindigest');
      const reason = verdict.kind === 'dead-lettered' ? verdict.reason : undefined;
      const isConflict = reason === 'identity-conflict';
      if (isOther ? !isConflict && reason !== 'horizon' : isConflict)
        violations.push({
          invariant: 'I3',
          what: `${stage} ${at} is ${verdict.kind}, ${isOther ? 'by what another payload came to' : 'and its payload is the first'}`,
        });
    }
  }
  return violations;
};

/** The other half of I5: what is done or suppressed has its output in the log, what is dead-lettered its letter. */
export const outputs = (ran: Ran): readonly Violation[] => {
  const violations: Violation[] = [];
  const { pipeline, source, vectors, decisions, outcomes } = ran.contract;
  const caused = (topic: ResolvedTopic): ReadonlySet<string> =>
    new Set(recordsIn(ran, topic).map((record) => header(record, 'ce_causationid') ?? ''));
  const told = recordsIn(ran, outcomes);
  const toldBy = (stage: StageName): ReadonlySet<string> =>
    new Set(
      told
        .filter((record) => header(record, 'ce_source') === `/freshet/${pipeline}/${stage}`)
        .map((record) => header(record, 'ce_causationid') ?? ''),
    );
  const inputs = recordsByCoordinates(ran);
  const flow: readonly (readonly [StageName, ResolvedTopic, ResolvedTopic])[] = [
    ['features', vectors, source],
    ['inference', decisions, vectors],
    ['action', outcomes, decisions],
  ];
  for (const [stage, output, input] of flow) {
    const [made, lettered] = [caused(output), letteredIn(ran, input)];
    const identityAt = (key: string): string | undefined => {
      const record = inputs.get(key);
      return record && identityOf(ran, record);
    };
    // Records of one key share the letter of the first.
    const letteredKeys = new Set([...lettered].map(identityAt));
    for (const [key, { verdict }] of verdictsOf(ran, stage)) {
      const identity = identityAt(key);
      if (identity === undefined) continue;
      if (verdict.kind === 'done' && !made.has(identity))
        violations.push({
          invariant: 'I5',
          what: `${stage} ${key} is done, and ${output.name} has nothing of it`,
        });
      if (verdict.kind === 'suppressed' && !toldBy(stage).has(identity))
        violations.push({ invariant: 'I5', what: `${stage} ${key} is suppressed, and no outcome says so` });
      const hasLetter = stage === 'features' ? lettered.has(key) : letteredKeys.has(identity);
      if ((verdict.kind === 'dead-lettered' || verdict.kind === 'in-doubt') && !hasLetter)
        violations.push({ invariant: 'I5', what: `${stage} ${key} is ${verdict.kind} without a letter` });
    }
  }
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

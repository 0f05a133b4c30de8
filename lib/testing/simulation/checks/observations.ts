import { entityOf } from '../../../core/batch/decode.ts';
import { contextStageName, type ResolvedSource } from '../../../core/contract/resolved.ts';
import type { LoggedRecord } from '../../../core/ports/event-log.ts';
import { textOf } from '../../../core/record.ts';
import { parseInstant } from '../../../core/units.ts';
import type { Entry } from '../journal.ts';
import type { Ran } from '../ran.ts';
import { letteredIn, recordsByCoordinates, verdictsOf, type Violation } from './evidence.ts';

type Observed = Extract<Entry, { kind: 'observed' }>;

/** Whose observation a record is: its key, and its moment. */
const isOf = (source: ResolvedSource, record: LoggedRecord): ((observed: Observed) => boolean) => {
  const data = JSON.parse(textOf(record.value ?? new Uint8Array())) as Readonly<Record<string, unknown>>;
  const key = entityOf(record.key ?? new Uint8Array());
  const eventTime = parseInstant(String(data[source.time]));
  return (observed) => observed.key === key && observed.eventTime === eventTime;
};

/** I5 of the context stages: what is told to be stored is, or another of the same moment that counts before it; what is refused has a letter. */
export const observations = (ran: Ran): readonly Violation[] => {
  const violations: Violation[] = [];
  const inputs = recordsByCoordinates(ran);
  for (const [name, { source }] of Object.entries(ran.contract.context)) {
    const stage = contextStageName(name);
    const ours = ran.journal.of('observed').filter(({ context }) => context === name);
    const lettered = letteredIn(ran, source);
    for (const [at, { verdict }] of verdictsOf(ran, stage)) {
      const record = inputs.get(at);
      if (record === undefined) continue;
      const violated = (what: string): void =>
        void violations.push({ invariant: 'I5', what: `${stage} ${at} is ${verdict.kind}, and ${what}` });
      const ofMoment = (): readonly Observed[] => ours.filter(isOf(source, record));
      if (
        verdict.kind === 'state-only' &&
        !ofMoment().some(({ epoch, offset }) => epoch > 1 || offset >= record.offset)
      )
        violated('no observation of its moment was stored');
      if (
        verdict.kind === 'fenced' &&
        !ofMoment().some(({ epoch, offset }) => epoch > 1 || offset > record.offset)
      )
        violated('no later one of its moment was stored');
      if (verdict.kind === 'dead-lettered' && !lettered.has(at)) violated('there is no letter of it');
    }
  }
  return violations;
};

/** What a vector was made from. */
import { coordinateKey, textOf } from '../../../core/record.ts';
import type { Ran } from '../ran.ts';
import { header, recordsIn, type Violation } from './evidence.ts';

/** Those of whose events a mapping gave up on one, by their Kafka keys: what follows it was made with it at first, and then without. */
const withGaps = ({ journal, published }: Ran): ReadonlySet<string> => {
  const gaveUpOn = new Set(
    journal
      .of('verdict')
      .filter(({ stage, verdict }) => stage === 'features' && verdict.kind === 'mapping-gave-up')
      .map(({ at }) => coordinateKey(at)),
  );
  return new Set(published.filter((event) => gaveUpOn.has(coordinateKey(event))).map(({ entity }) => entity));
};

/**
 * A vector that is emitted again was made from the same version of its row, unless a redrive, a new schema or a new topic came in
 * between, or its entity's row has a gap by then.
 */
export const versions = (ran: Ran): readonly Violation[] => {
  const mayDiffer =
    ran.redriven.some(({ stage }) => stage === 'features') ||
    ran.published.some(({ event }) => ran.subject.fates.isMendable(event)) ||
    ran.world.faults.has('recreate');
  if (mayDiffer) return [];
  const gaps = withGaps(ran);
  const known = new Map<string, string | undefined>();
  const violations: Violation[] = [];
  for (const record of recordsIn(ran, ran.contract.vectors)) {
    if (record.key !== null && gaps.has(textOf(record.key))) continue;
    // Under one identity two entities may have made vectors, each of its own payload.
    const id = `${header(record, 'ce_id')} of ${header(record, 'ce_origindigest')?.slice(0, 8)}`;
    const version = header(record, 'ce_rowversion');
    if (known.has(id) && known.get(id) !== version)
      violations.push({
        invariant: 'I3',
        what: `vector ${id} was made from row versions ${known.get(id)} and ${version}`,
      });
    known.set(id, version);
  }
  return violations;
};

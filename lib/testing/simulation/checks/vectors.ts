/** What a vector was made from. */
import { coordinateKey, textOf } from '../../../core/record.ts';
import type { Ran } from '../ran.ts';
import { header, recordsIn, type Violation } from './evidence.ts';

/** Of how many events of each entity, by its Kafka key, a mapping gave up: what follows them was made with them at first, and then without. */
const gapsOf = ({ journal, published }: Ran): ReadonlyMap<string, number> => {
  const gaveUpOn = new Set(
    journal
      .of('verdict')
      .filter(({ stage, verdict }) => stage === 'features' && verdict.kind === 'mapping-gave-up')
      .map(({ at }) => coordinateKey(at)),
  );
  const gaps = new Map<string, number>();
  for (const event of published)
    if (gaveUpOn.has(coordinateKey(event))) gaps.set(event.entity, (gaps.get(event.entity) ?? 0) + 1);
  return gaps;
};

/**
 * A vector that is emitted again was made from the same version of its row, unless a redrive, a new schema or a new topic came in
 * between. Where a mapping gave up on events of its entity, it may lack as many as those.
 */
export const versions = (ran: Ran): readonly Violation[] => {
  const mayDiffer =
    ran.redriven.some(({ stage }) => stage === 'features') ||
    ran.published.some(({ event }) => ran.subject.fates.isMendable(event)) ||
    ran.world.faults.has('recreate');
  if (mayDiffer) return [];
  const gaps = gapsOf(ran);
  const known = new Map<string, string | undefined>();
  const violations: Violation[] = [];
  for (const record of recordsIn(ran, ran.contract.vectors)) {
    // Under one identity two entities may have made vectors, each of its own payload.
    const id = `${header(record, 'ce_id')} of ${header(record, 'ce_origindigest')?.slice(0, 8)}`;
    const version = header(record, 'ce_rowversion');
    const gap = record.key === null ? 0 : (gaps.get(textOf(record.key)) ?? 0);
    const before = known.get(id);
    if (known.has(id) && before !== version && !(Math.abs(Number(before) - Number(version)) <= gap))
      violations.push({
        invariant: 'I3',
        what: `vector ${id} was made from row versions ${before} and ${version}`,
      });
    known.set(id, version);
  }
  return violations;
};

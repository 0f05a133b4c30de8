/** What a vector was made from. */
import type { Ran } from '../ran.ts';
import { header, recordsIn, type Violation } from './evidence.ts';

/** A vector that is emitted again was made from the same version of its row, unless a redrive, a new schema or a new topic came in between. */
export const versions = (ran: Ran): readonly Violation[] => {
  const mayDiffer =
    ran.redriven.some(({ stage }) => stage === 'features') ||
    ran.published.some(({ event }) => ran.subject.fates.isMendable(event)) ||
    ran.world.faults.has('recreate');
  if (mayDiffer) return [];
  const known = new Map<string, string | undefined>();
  const violations: Violation[] = [];
  for (const record of recordsIn(ran, ran.contract.vectors)) {
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

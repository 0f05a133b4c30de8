import type { ResolvedContract } from '../../lib/core/contract/resolved.ts';
import { bytesOf, type OutputRecord, type SourceRecord } from '../../lib/core/record.ts';
import { openRow, type Row } from '../../lib/core/rows/row.ts';
import { StageBench } from './stage-bench.ts';
import { arriving, headersOf, reading, topics } from './stage-records.ts';
import { tinyContract } from './tiny-contract.ts';

/** A bench of a contract that asks something else of features. */
export const featuresBench = (different: Partial<ResolvedContract['features']>): StageBench =>
  new StageBench({ features: { ...tinyContract().features, ...different } });

export const rowOf = ({ rows }: StageBench, entity = 'a'): Row | undefined => {
  const stored = rows.rows.get(entity);
  return stored && openRow(stored, entity, 1);
};

/** Offset of the fence, the number of events folded, offsets of the holes. */
export const standing = (
  bench: StageBench,
  entity = 'a',
): readonly [fence: number | undefined, folded: number, holes: readonly number[]] | undefined => {
  const row = rowOf(bench, entity);
  return row && [row.fence.at(-1)?.offset, row.version, row.holes.map(({ offset }) => offset)];
};

export const vectors = ({ producer }: StageBench): readonly OutputRecord[] =>
  producer.out.filter(({ topic }) => topic === topics.vectors);

export const letters = ({ producer }: StageBench): readonly OutputRecord[] =>
  producer.out.filter(({ topic }) => topic === topics.sourceLetters);

/** A reading that its schema refuses. */
export const broken = (offset: number, sensor = 'a'): SourceRecord =>
  reading(offset, { sensor, value: 'much' as unknown as number });

/** An event that changes state and emits nothing. */
export const moved = (offset: number): SourceRecord =>
  reading(offset, { headers: headersOf({ ce_type: 'moved' }) });

/** An event of a type that the contract does not list. */
export const painted = (offset: number): SourceRecord =>
  arriving(offset, { headers: headersOf({ ce_type: 'painted' }), value: bytesOf('{}') });

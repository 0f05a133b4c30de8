import type { ResolvedSource } from '../core/contract/resolved.ts';
import { bytesOf, type SourceRecord } from '../core/record.ts';
import { epochMsOf, parseInstant, toIso, type EpochMs } from '../core/units.ts';

type Data = Readonly<Record<string, unknown>>;

/** An event of a source or a context, for a test. */
export interface GivenEvent {
  readonly type: string;
  readonly data: Data;
  readonly id: string | undefined;
  readonly publishedAt: string | undefined;
}

/**
 * An event.
 *
 * @param options.id - its identity; give two events the same to try a producer's duplicate. @default one of its own
 * @param options.publishedAt - RFC 3339. @default the event time in its data
 */
export const event = (
  type: string,
  data: Data,
  { id, publishedAt }: { readonly id?: string; readonly publishedAt?: string } = {},
): GivenEvent => ({ type, data, id, publishedAt });

/** Where no time is known. */
export const beginning: EpochMs = epochMsOf(Date.parse('2026-01-01T00:00:00Z'));

const publishedAtOf = ({ data, publishedAt }: GivenEvent, source: ResolvedSource): EpochMs => {
  const time = publishedAt ?? data[source.time];
  return (typeof time === 'string' ? parseInstant(time) : undefined) ?? beginning;
};

/** The records of events, as a mapping would hand them over: partitions by key, offsets in the order given. */
export const recordsOfEvents = (
  events: readonly GivenEvent[],
  source: ResolvedSource,
): readonly SourceRecord[] => {
  const keys = [...new Set(events.map(({ data }) => String(data[source.key])))];
  const offsets = new Map<number, number>();
  return events.map((given, index): SourceRecord => {
    const key = given.data[source.key];
    const partition = keys.indexOf(String(key)) % source.partitions;
    const offset = offsets.get(partition) ?? 0;
    offsets.set(partition, offset + 1);
    const publishedAt = publishedAtOf(given, source);
    const headers = {
      ce_specversion: '1.0',
      ce_source: '/given',
      ce_id: given.id ?? `${given.type}-${index}`,
      ce_type: given.type,
      ce_time: toIso(publishedAt),
    };
    return {
      topic: source.name,
      partition,
      offset,
      timestamp: publishedAt,
      timestampType: 'LOG_APPEND_TIME',
      key: typeof key === 'string' || typeof key === 'number' ? bytesOf(String(key)) : null,
      value: bytesOf(JSON.stringify(given.data)),
      // Producers of plain JSON have their identity in the data, where the contract's mapping finds it.
      headers:
        source.identify === null
          ? Object.entries(headers).map(([name, value]) => ({ name, value: bytesOf(value) }))
          : [],
      listedUnder: `${source.name}-${partition}`,
    };
  });
};

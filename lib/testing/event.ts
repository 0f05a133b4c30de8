import type { ResolvedSource } from '../core/contract/resolved.ts';
import { bytesOf, type SourceRecord } from '../core/record.ts';
import { epochMsOf, parseInstant, toIso, type EpochMs } from '../core/units.ts';

/** An event of a source or a context, for a test. */
export interface GivenEvent<Type extends string = string, Data = object> {
  readonly type: Type;
  readonly data: Data;
  readonly id: string | undefined;
  readonly publishedAt: string | undefined;
}

/** One that is not as the contract has it, and is meant so. */
export interface WrongEvent extends GivenEvent {
  readonly isWrong: true;
}

/** Data that nobody changes: so arrays that are written out in a test are taken, too. */
type Unchanging<Data> = Data extends (infer Item)[]
  ? readonly Unchanging<Item>[]
  : Data extends object
    ? { readonly [Name in keyof Data]: Unchanging<Data[Name]> }
    : Data;

/** The events of a contract; any where the stage does not know its contract's types. */
export type EventOf<Events> = [keyof Events] extends [never]
  ? GivenEvent
  : { [Type in keyof Events & string]: GivenEvent<Type, Unchanging<Events[Type]>> }[keyof Events & string];

/** Names of the contexts of a contract; any where the stage does not know its contract's types. */
export type ContextName<Contexts> = [keyof Contexts] extends [never] ? string : keyof Contexts & string;
export type ObservationOf<Contexts, Name extends string> = Name extends keyof Contexts
  ? Contexts[Name]
  : object;

interface EventOptions {
  readonly id?: string;
  readonly publishedAt?: string;
}

/**
 * An event. One that the contract does not have, or of another shape, does not compile where it is given to a stage.
 *
 * @param options.id - its identity; give two events the same to try a producer's duplicate. With `identify` in the contract it
 *   takes the place of the one in the data. @default one of its own, or the one in its data
 * @param options.publishedAt - RFC 3339. @default the event time in its data
 */
export const event = <const Type extends string, const Data extends object>(
  type: Type,
  data: Data,
  { id, publishedAt }: EventOptions = {},
): GivenEvent<Type, Data> => ({ type, data, id, publishedAt });

/** An event that the contract does not allow: producers send those too, and a test may say what comes of them. */
export const wrongEvent = (type: string, data: object, options: EventOptions = {}): WrongEvent => ({
  ...event(type, data, options),
  isWrong: true,
});

/** An observation of a context; one with a single event type needs not be told which. */
export const observationOf = ({ events, identify }: ResolvedSource, data: object): GivenEvent => {
  const types = Object.keys(events);
  const said = memberOf(data, identify?.type ?? 'type');
  const [first = ''] = types;
  return event(typeof said === 'string' && types.includes(said) ? said : first, data);
};

/** Where no time is known. */
export const beginning: EpochMs = epochMsOf(Date.parse('2026-01-01T00:00:00Z'));

export const memberOf = (data: object, name: string): unknown => Reflect.get(data, name) as unknown;

const publishedAtOf = ({ data, publishedAt }: GivenEvent, source: ResolvedSource): EpochMs => {
  const time = publishedAt ?? memberOf(data, source.time);
  return (typeof time === 'string' ? parseInstant(time) : undefined) ?? beginning;
};

/**
 * The data of an event with the identity that it was given, where the producers of the source have theirs.
 *
 * @throws {Error} for an identity that is no number where the data has one
 */
export const identifiedData = ({ type, data, id }: GivenEvent, { identify }: ResolvedSource): object => {
  if (id === undefined || identify === null) return data;
  const isNumber = typeof memberOf(data, identify.id) === 'number';
  if (isNumber && String(Number(id)) !== id)
    throw new Error(
      `event "${type}": got id "${id}", expected a number, which "${identify.id}" in its data is. Fix: give the digits of one, or leave id out.`,
    );
  return { ...data, [identify.id]: isNumber ? Number(id) : id };
};

/** The records of events, as a mapping would hand them over: partitions by key, offsets in the order given. */
export const recordsOfEvents = (
  events: readonly GivenEvent[],
  source: ResolvedSource,
): readonly SourceRecord[] => {
  const identified = events.map((given) => ({ ...given, data: identifiedData(given, source) }));
  const keys = [...new Set(identified.map(({ data }) => String(memberOf(data, source.key))))];
  const offsets = new Map<number, number>();
  return identified.map((given, index): SourceRecord => {
    const key = memberOf(given.data, source.key);
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

/** What the events of a batch may know of each context: read once for the whole batch. */
import type { ResolvedContext } from '../contract/resolved.ts';
import type { ContextStore, Observation, Read } from '../ports/stores.ts';
import type { ContextViews } from '../rows/fold.ts';
import { toIso, type EpochMs } from '../units.ts';
import type { ContextView, FeaturesStage } from '../stages/features.ts';
import { entityOf, type Decoded, type DecodedEvent } from './decode.ts';

/** What a vector says about the context it saw, so that the decision can be reproduced from the vector. */
export interface ContextSeen {
  /** `<context>:stale` and `<context>:missing`. */
  readonly flags: readonly string[];
  /** `<context>=<event time>/<first 16 digits of the digest>/<identity>`, separated by spaces. */
  readonly text: string | undefined;
}

export interface ContextLookup {
  (event: DecodedEvent): ContextViews;
  seen(event: DecodedEvent): ContextSeen;
}

/**
 * Looks up, for every event of the batch, the newest observation of each context that is not after the event's time.
 * Its key is the entity's. Nothing leaks from the future, at any speed and in any replay.
 */
export const contextViews = async (
  { contract, on }: FeaturesStage,
  store: ContextStore,
  decoded: readonly Decoded[],
): Promise<ContextLookup> => {
  const names = Object.keys(contract.context);
  // State never sees context: only events that emit are looked up.
  const events = decoded.filter(
    (item): item is DecodedEvent => item.kind === 'event' && on[item.envelope.type]?.emit !== undefined,
  );
  const queries = events.flatMap((event) =>
    names.map((context) => ({
      context,
      key: entityOf(event.arrival.record.key ?? new Uint8Array()),
      at: event.eventTime,
    })),
  );
  const answers = queries.length === 0 ? [] : await store.newest(queries);
  const found = new Map<DecodedEvent, readonly (Read<Observation | undefined> | undefined)[]>(
    events.map((event, index) => [event, answers.slice(index * names.length, (index + 1) * names.length)]),
  );

  const lookup = (event: DecodedEvent): ContextViews => {
    const reads = found.get(event) ?? [];
    const views: Record<string, ContextView<unknown>> = {};
    for (const [index, name] of names.entries()) {
      const read = reads[index];
      if (read?.kind !== 'read') return 'unavailable';
      views[name] = viewOf(read.value, event.eventTime, contract.context[name]);
    }
    return views;
  };
  const seen = (event: DecodedEvent): ContextSeen => {
    const views = lookup(event);
    if (views === 'unavailable') return { flags: [], text: undefined };
    const reads = found.get(event) ?? [];
    const texts = names.flatMap((name, index) => {
      const read = reads[index];
      const isSeen = views[name]?.status !== 'missing';
      return isSeen && read?.kind === 'read' && read.value !== undefined
        ? [`${name}=${seenText(read.value)}`]
        : [];
    });
    return {
      flags: names.flatMap((name) => {
        const status = views[name]?.status;
        return status === 'fresh' || status === undefined ? [] : [`${name}:${status}`];
      }),
      text: texts.length === 0 ? undefined : texts.join(' '),
    };
  };
  return Object.assign(lookup, { seen });
};

const viewOf = (
  observation: Observation | undefined,
  at: EpochMs,
  bounds: ResolvedContext | undefined,
): ContextView<unknown> => {
  if (observation === undefined || bounds === undefined) return { status: 'missing' };
  const ageMs = at - observation.eventTime;
  const status = statusAt(ageMs, bounds);
  return status === 'missing'
    ? { status }
    : { status, value: JSON.parse(observation.body) as unknown, ageMs };
};

/** How an event sees an observation that is so much older than itself, by event time. */
export const statusAt = (
  ageMs: number,
  { maxAgeMs, historyMs }: Pick<ResolvedContext, 'maxAgeMs' | 'historyMs'>,
): ContextView<unknown>['status'] => {
  // Whether a store has dropped it by now must make no difference: what is beyond the history is not seen.
  if (ageMs > historyMs) return 'missing';
  return ageMs <= maxAgeMs ? 'fresh' : 'stale';
};

const seenText = ({ eventTime, digest, id }: Observation): string =>
  `${toIso(eventTime)}/${digest.slice(0, 16)}/${encodeURIComponent(id)}`;

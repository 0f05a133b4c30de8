/** From what somebody has at hand – an event's id, a decision's, a key – to the outputs of features that it stands for. */
import { TransientError } from '../../core/errors.ts';
import { ceHeader } from '../../core/envelope.ts';
import { idempotencyKey, identityKey, outputId, outputSource, type Identity } from '../../core/identity.ts';
import type { LedgerItem } from '../../core/ledger/item.ts';
import type { LedgerStore } from '../../core/ports/stores.ts';
import type { LoggedRecord } from '../../core/ports/event-log.ts';
import { strictTextOf, type Header } from '../../core/record.ts';
import { topicIn } from '../../core/contract/resolved.ts';
import type { Deployment } from '../deployment.ts';
import { findEffect } from '../effects/find-effect.ts';
import { findNewest } from './find-record.ts';

/** One output of features and all that came of it: vector, decision and outcome share its id. */
export interface Chain {
  readonly id: string;
  readonly claim: LedgerItem | undefined;
  readonly effect: LedgerItem | undefined;
}

export interface Found {
  /** `source#id` of the event; `undefined` where nothing of it is at hand that says so. */
  readonly correlation: string | undefined;
  readonly event: LoggedRecord | undefined;
  readonly chains: readonly Chain[];
}

type Traced = Pick<Deployment, 'contract' | 'environment' | 'log' | 'claims' | 'effects'>;

/** Outputs that one event can have and that are looked for. */
const mostOutputs = 64;

const itemsOf = async (
  store: LedgerStore,
  keys: readonly string[],
): Promise<readonly (LedgerItem | undefined)[]> =>
  (await store.read(keys)).map((read) => {
    if (read.kind === 'read') return read.value;
    throw new TransientError('STORE_UNAVAILABLE', {
      message: 'the ledger could not be read; try again',
      cause: read.cause,
    });
  });

const chainsOf = async (
  { contract: { pipeline }, claims, effects }: Traced,
  ids: readonly string[],
): Promise<readonly Chain[]> => {
  const keysIn = (stage: string): readonly string[] =>
    ids.map((id) => identityKey({ source: outputSource(pipeline, stage), id }));
  const [claimed, acted] = await Promise.all([
    itemsOf(claims, keysIn('features')),
    itemsOf(effects, keysIn('inference')),
  ]);
  return ids
    .map((id, index) => ({ id, claim: claimed[index], effect: acted[index] }))
    .filter(({ claim, effect }) => claim !== undefined || effect !== undefined);
};

/** A header of a record as an item keeps it; each of its characters is one byte. */
const storedHeader = (item: LedgerItem | undefined, name: string): string | undefined => {
  const records = item === undefined ? [] : [...item.emits, ...(item.letter === null ? [] : [item.letter])];
  for (const { headers } of records) {
    const value = headers.findLast(([of]) => of === `ce_${name}`)?.[1];
    if (value !== undefined) return strictTextOf(Buffer.from(value, 'latin1'));
  }
  return undefined;
};

/** All identities that a text `source#id` can be of: either may itself hold a `#`. */
const identitiesIn = (text: string): readonly Identity[] =>
  [...text.matchAll(/#/g)].map(({ index }) => ({
    source: text.slice(0, index),
    id: text.slice(index + 1),
  }));

/** The outputs of an event, by the ids that they must have. */
const outputsOf = async (traced: Traced, identities: readonly Identity[]): Promise<readonly Chain[]> => {
  const types = Object.keys(traced.contract.source.events);
  const chains: Chain[] = [];
  for (const identity of identities)
    for (const type of types) {
      const ids = Array.from({ length: mostOutputs }, (_, index) => outputId({ ...identity, type }, index));
      // One output is usual: the others are only looked for where the first one is there.
      const [first, ...others] = ids;
      const found = first === undefined ? [] : await chainsOf(traced, [first]);
      if (found.length > 0) chains.push(...found, ...(await chainsOf(traced, others)));
    }
  return chains;
};

/** Whether a record of the source is of an event: by its headers, or by the member that identifies plain JSON. */
export const isEvent =
  (
    { contract }: Pick<Deployment, 'contract'>,
    identity: { readonly source: string | undefined; readonly id: string },
  ) =>
  ({ headers, value }: LoggedRecord): boolean => {
    const [source, id] = [ceHeader(headers, 'source'), ceHeader(headers, 'id')];
    // A producer may name its chains itself.
    if (identity.source === undefined && ceHeader(headers, 'correlationid') === identity.id) return true;
    if (source !== undefined && id !== undefined)
      return id === identity.id && (identity.source === undefined || source === identity.source);
    const { identify } = contract.source;
    const isOther = identity.source !== undefined && identity.source !== identify?.source;
    if (identify === null || isOther || value === null) return false;
    return memberOf(value, identify.id) === identity.id;
  };

const memberOf = (value: Uint8Array, name: string): string | undefined => {
  try {
    const data: unknown = JSON.parse(strictTextOf(value) ?? '');
    const member = (data as Readonly<Record<string, unknown>> | null)?.[name];
    return typeof member === 'string' || typeof member === 'number' ? String(member) : undefined;
  } catch {
    return undefined;
  }
};

/** `id` is what was asked for: the event's own id, where it says it, is in its headers. */
const identityIn = (
  { contract }: Traced,
  { headers }: { readonly headers: readonly Header[] },
  id: string,
): Identity | undefined => {
  const source = ceHeader(headers, 'source') ?? contract.source.identify?.source;
  return source === undefined ? undefined : { source, id: ceHeader(headers, 'id') ?? id };
};

/** By the id of an event alone: where its source is not known, the topic is looked through. */
const byEventId = async (traced: Traced, id: string): Promise<Found> => {
  const event = await findNewest(traced.log, {
    topic: topicIn(traced.environment, traced.contract.source),
    isWanted: isEvent(traced, { source: undefined, id }),
  });
  const identity = event === undefined ? undefined : identityIn(traced, event, id);
  if (identity === undefined) return { correlation: undefined, event, chains: [] };
  return {
    correlation: correlationIn(event) ?? `${identity.source}#${identity.id}`,
    event,
    chains: await outputsOf(traced, [identity]),
  };
};

const correlationIn = (event: LoggedRecord | undefined): string | undefined =>
  event === undefined ? undefined : ceHeader(event.headers, 'correlationid');

const withCorrelation = (chains: readonly Chain[], otherwise: string | undefined): Found => {
  const said = chains
    .map(({ claim, effect }) => storedHeader(claim, 'correlationid') ?? storedHeader(effect, 'correlationid'))
    .find((text) => text !== undefined);
  return { correlation: said ?? otherwise, event: undefined, chains };
};

/** An idempotency key, or the beginning of one, names an effect. */
const isEffectKey = (text: string): boolean => /^freshet-[0-9a-f]{6,40}$/.test(text);

/**
 * @param wanted - an event's id or its correlation `source#id`, a decision's or a vector's id, or an effect's idempotency key
 * @throws {UsageError} for an idempotency key that is of no effect, or of several
 * @throws {TransientError} where a store or the log does not answer
 */
export const findChains = async (traced: Traced, wanted: string): Promise<Found> => {
  if (isEffectKey(wanted)) {
    const item = await findEffect(traced, wanted);
    const id = storedHeader(item, 'id');
    return withCorrelation(id === undefined ? [] : await chainsOf(traced, [id]), undefined);
  }
  const direct = await chainsOf(traced, [wanted]);
  if (direct.length > 0) return withCorrelation(direct, undefined);
  const identities = identitiesIn(wanted);
  const chains = await outputsOf(traced, identities);
  if (chains.length > 0) return withCorrelation(chains, wanted);
  const event = identities.length === 0 ? undefined : await findByIdentity(traced, identities);
  if (event !== undefined) return { correlation: wanted, event, chains: [] };
  return byEventId(traced, wanted);
};

const findByIdentity = async (
  traced: Traced,
  identities: readonly Identity[],
): Promise<LoggedRecord | undefined> =>
  findNewest(traced.log, {
    topic: topicIn(traced.environment, traced.contract.source),
    isWanted: (record) => identities.some((identity) => isEvent(traced, identity)(record)),
  });

/** The idempotency key of an effect's item. */
export const keyOfEffect = ({ contract }: Traced, { key }: LedgerItem): string =>
  idempotencyKey(contract.pipeline, key);

/** The Kafka key of a chain, as its stored records have it. */
export const keyBytesOf = ({ claim, effect }: Chain): Uint8Array | undefined => {
  const key = [...(claim?.emits ?? []), ...(effect?.emits ?? [])].find((record) => record.key !== null)?.key;
  return key === undefined || key === null ? undefined : Buffer.from(key, 'latin1');
};

/** A ledger item as attributes. What has its usual value is left out, but for what conditions compare: those are always there. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { FrozenWork, LedgerItem, LedgerState } from '../../core/ledger/item.ts';
import { epochMsOf, type EpochMs } from '../../core/units.ts';
import type { Attributes } from './read-items.ts';
import { decodeRecords, encodeRecords } from './stored-records.ts';
import { timeToLive } from './time-to-live.ts';

type Field = Exclude<keyof LedgerItem, 'key'>;

/** The states that the sparse index lists: what somebody has to look at. */
export const listedStates: readonly LedgerState[] = ['FAILED', 'IN_DOUBT'];

/** No owner, or nobody who armed: an empty text, so that a condition always finds a text to compare. */
const nobody = '';

const text = (value: string): AttributeValue => ({ S: value });
const number = (value: number): AttributeValue => ({ N: String(value) });
const flag = (value: boolean): AttributeValue | undefined => (value ? { BOOL: true } : undefined);
const time = (value: EpochMs | null): AttributeValue | undefined =>
  value === null ? undefined : number(value);

const isHexDigest = (digest: string): boolean => /^[0-9a-f]{64}$/.test(digest);

const encoders: { readonly [Name in Field]: (item: LedgerItem) => AttributeValue | undefined } = {
  state: ({ state }) => text(state),
  owner: ({ owner }) => text(owner ?? nobody),
  leaseUntil: ({ leaseUntil }) => time(leaseUntil),
  alone: ({ alone }) => flag(alone),
  armedBy: ({ armedBy }) => text(armedBy ?? nobody),
  maybeSent: ({ maybeSent }) => flag(maybeSent),
  notBefore: ({ notBefore }) => time(notBefore),
  firstAttempt: ({ firstAttempt }) => number(firstAttempt),
  attempts: ({ attempts }) => (attempts === 0 ? undefined : number(attempts)),
  redrive: ({ redrive }) => number(redrive),
  pastDeadline: ({ pastDeadline }) => flag(pastDeadline),
  originDigest: ({ originDigest }) =>
    isHexDigest(originDigest) ? { B: Buffer.from(originDigest, 'hex') } : text(originDigest),
  originAppend: ({ originAppend }) => number(originAppend),
  work: ({ work }) =>
    work.kind === 'run' && work.request === '' && work.payload === undefined
      ? undefined
      : text(JSON.stringify(work)),
  emits: ({ emits }) => (emits.length === 0 ? undefined : { B: encodeRecords(emits) }),
  letter: ({ letter }) => (letter === null ? undefined : { B: encodeRecords([letter]) }),
  reason: ({ reason }) => (reason === null ? undefined : text(reason)),
  evidence: ({ evidence }) => ({ L: evidence.map(text) }),
  revision: ({ revision }) => number(revision),
  expiresAt: ({ expiresAt }) => (expiresAt === null ? undefined : timeToLive(expiresAt)),
};

const fields = Object.keys(encoders) as readonly Field[];

/** `expiresAt` is in seconds, for DynamoDB; the item's own, in ms, stands beside it. */
const extraFields = ['expiresAtMs', 'listed'] as const;

type AttributeName = Field | (typeof extraFields)[number];

const extra = (item: LedgerItem, name: (typeof extraFields)[number]): AttributeValue | undefined => {
  if (name === 'expiresAtMs') return time(item.expiresAt);
  return listedStates.includes(item.state) ? text(item.state) : undefined;
};

export const attributesOf = (item: LedgerItem): ReadonlyMap<AttributeName, AttributeValue> => {
  const attributes = new Map<AttributeName, AttributeValue>();
  for (const name of fields) {
    const value = encoders[name](item);
    if (value !== undefined) attributes.set(name, value);
  }
  for (const name of extraFields) {
    const value = extra(item, name);
    if (value !== undefined) attributes.set(name, value);
  }
  return attributes;
};

const fieldsOf = (changed: Partial<LedgerItem>): readonly Field[] => fields.filter((name) => name in changed);

/**
 * What must be written to make `after` of `before`.
 *
 * @param changed - the members that differ, or may
 */
export const differenceOf = (
  before: LedgerItem,
  after: LedgerItem,
  changed: Partial<LedgerItem>,
): {
  readonly set: ReadonlyMap<AttributeName, AttributeValue>;
  readonly remove: readonly AttributeName[];
} => {
  const set = new Map<AttributeName, AttributeValue>();
  const remove: AttributeName[] = [];
  const compare = (
    name: AttributeName,
    was: AttributeValue | undefined,
    is: AttributeValue | undefined,
  ): void => {
    if (is !== undefined) set.set(name, is);
    else if (was !== undefined) remove.push(name);
  };
  for (const name of fieldsOf(changed)) compare(name, encoders[name](before), encoders[name](after));
  for (const name of extraFields) {
    const [was, is] = [extra(before, name), extra(after, name)];
    if (JSON.stringify(was) !== JSON.stringify(is)) compare(name, was, is);
  }
  return { set, remove };
};

const numberIn = (value: AttributeValue | undefined): number | undefined =>
  value?.N === undefined ? undefined : Number(value.N);
const timeIn = (value: AttributeValue | undefined): EpochMs | null => {
  const at = numberIn(value);
  return at === undefined ? null : epochMsOf(at);
};
const someoneIn = (value: AttributeValue | undefined): string | null =>
  value?.S === undefined || value.S === nobody ? null : value.S;

export const itemOf = (attributes: Attributes): LedgerItem => ({
  key: attributes['key']?.S ?? '',
  state: (attributes['state']?.S ?? 'CLAIMED') as LedgerState,
  owner: someoneIn(attributes['owner']),
  leaseUntil: timeIn(attributes['leaseUntil']),
  alone: attributes['alone']?.BOOL === true,
  armedBy: someoneIn(attributes['armedBy']),
  maybeSent: attributes['maybeSent']?.BOOL === true,
  notBefore: timeIn(attributes['notBefore']),
  firstAttempt: epochMsOf(numberIn(attributes['firstAttempt']) ?? 0),
  attempts: numberIn(attributes['attempts']) ?? 0,
  redrive: numberIn(attributes['redrive']) ?? 0,
  pastDeadline: attributes['pastDeadline']?.BOOL === true,
  originDigest: digestIn(attributes['originDigest']),
  originAppend: epochMsOf(numberIn(attributes['originAppend']) ?? 0),
  work: workIn(attributes['work']),
  emits: attributes['emits']?.B === undefined ? [] : decodeRecords(attributes['emits'].B),
  letter: attributes['letter']?.B === undefined ? null : (decodeRecords(attributes['letter'].B)[0] ?? null),
  reason: attributes['reason']?.S ?? null,
  evidence: (attributes['evidence']?.L ?? []).map(({ S = '' }) => S),
  revision: numberIn(attributes['revision']) ?? 0,
  expiresAt: timeIn(attributes['expiresAtMs']),
});

const digestIn = (value: AttributeValue | undefined): string =>
  value?.B === undefined ? (value?.S ?? '') : Buffer.from(value.B).toString('hex');

const workIn = (value: AttributeValue | undefined): FrozenWork =>
  value?.S === undefined ? { kind: 'run', request: '' } : (JSON.parse(value.S) as FrozenWork);

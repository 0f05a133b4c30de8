/** The state table as PartiQL: each transition's condition, and nothing else, decides whether it is written. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { LedgerItem } from '../../core/ledger/item.ts';
import type { Change, Condition } from '../../core/ledger/transitions.ts';
import { attributesOf, differenceOf } from './ledger-item.ts';
import type { Statement } from './statements.ts';

export const insertOf = (table: string, item: LedgerItem): Statement => {
  const attributes = [['key', { S: item.key }] as const, ...attributesOf(item)];
  return {
    text: `INSERT INTO "${table}" VALUE {${attributes.map(([name]) => `'${name}': ?`).join(', ')}}`,
    parameters: attributes.map(([, value]) => value),
  };
};

type Comparison = readonly [text: string, value: AttributeValue];

const comparisonsOf = (when: Extract<Condition, { absent: false }>): readonly Comparison[] => {
  const comparisons: Comparison[] = [['"state" = ?', { S: when.state }]];
  if (when.owner !== undefined) comparisons.push(['"owner" = ?', { S: when.owner }]);
  // Armed is whom the claim belongs to and who armed it: a takeover names the owner that it expects.
  if (when.unarmed) comparisons.push(['"armedBy" <> ?', { S: when.owner ?? '' }]);
  if (when.redrive !== undefined) comparisons.push(['"redrive" = ?', { N: String(when.redrive) }]);
  if (when.revision !== undefined) comparisons.push(['"revision" = ?', { N: String(when.revision) }]);
  return comparisons;
};

/**
 * The write that makes `after` of `before`.
 *
 * Numbers are written as they will be, not added to: every transition that counts names the owner or the revision of the item,
 * so nobody else can have counted since `before` was read.
 */
export const updateOf = (
  table: string,
  transition: {
    readonly when: Extract<Condition, { absent: false }>;
    readonly then: Exclude<Change, { readonly put: LedgerItem }>;
  },
  before: LedgerItem,
  after: LedgerItem,
): Statement => {
  const { set: members, add, appendEvidence } = transition.then;
  const { set, remove } = differenceOf(before, after, { ...members, ...add });
  const comparisons = comparisonsOf(transition.when);
  const clauses = [
    ...[...set.keys()].map((name) => `SET "${name}" = ?`),
    ...(appendEvidence === undefined ? [] : ['SET "evidence" = list_append("evidence", ?)']),
    ...remove.map((name) => `REMOVE "${name}"`),
  ];
  return {
    text: `UPDATE "${table}" ${clauses.join(' ')} WHERE "key" = ? AND ${comparisons.map(([text]) => text).join(' AND ')}`,
    parameters: [
      ...set.values(),
      ...(appendEvidence === undefined ? [] : [{ L: [{ S: appendEvidence }] }]),
      { S: before.key },
      ...comparisons.map(([, value]) => value),
    ],
  };
};

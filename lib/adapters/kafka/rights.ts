import type { Right } from '../../core/ports/examination.ts';

/** The bit of each operation in what a broker says is authorized. @see KIP-430; org.apache.kafka.common.acl.AclOperation */
const BITS: readonly (readonly [Right, number])[] = [
  ['read', 3],
  ['write', 4],
  ['create', 5],
  ['describe', 8],
  ['describe-configs', 10],
];

/** @param operations - a field of 32 bits; without an authorizer all of them are set that make sense for the resource */
export const rightsOf = (operations: number): ReadonlySet<Right> =>
  new Set(BITS.flatMap(([right, bit]) => ((operations >>> bit) & 1 ? [right] : [])));

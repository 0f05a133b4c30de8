import type { AttributeValue } from '@aws-sdk/client-dynamodb';

export type Item = Readonly<Record<string, AttributeValue>>;

/** As it travels: bytes are base64. */
const bytesIn = (value: unknown): number =>
  typeof value === 'string' ? Buffer.byteLength(value, 'base64') : 0;

/** A number takes about a byte for two digits, and one more. */
const numberBytes = (text: string): number => Math.ceil(text.replace(/^-?0*|\.|^-/g, '').length / 2) + 1;

const sizeOf = (value: AttributeValue): number => {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return numberBytes(value.N);
  if (value.B !== undefined) return bytesIn(value.B);
  if (value.L !== undefined) return 3 + value.L.reduce((sum, one) => sum + 1 + sizeOf(one), 0);
  if (value.M !== undefined)
    return (
      3 +
      Object.entries(value.M).reduce((sum, [name, one]) => sum + 1 + Buffer.byteLength(name) + sizeOf(one), 0)
    );
  return 1;
};

/**
 * Bytes of an item as DynamoDB counts them.
 *
 * @see Amazon DynamoDB developer guide, "DynamoDB item sizes and formats"
 */
const itemBytes = (item: Item): number =>
  Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + sizeOf(value), 0);

const unitBytes = 1_024;

/** Write units of a write: the larger of what stood there and what stands there now, in KB; one at least, also where it is refused. */
export const writeUnits = (before: Item | undefined, after: Item | undefined): number =>
  Math.max(1, Math.ceil(Math.max(before ? itemBytes(before) : 0, after ? itemBytes(after) : 0) / unitBytes));

const comparable = (value: AttributeValue): string | number =>
  value.N === undefined ? (value.S ?? JSON.stringify(value)) : Number(value.N);

/** Whether a comparison holds; what is not there compares with nothing. */
export const compares = (
  left: AttributeValue | undefined,
  operator: string,
  right: AttributeValue | undefined,
): boolean => {
  if (left === undefined || right === undefined) return false;
  const [one, other] = [comparable(left), comparable(right)];
  switch (operator) {
    case '=':
      return one === other;
    case '<>':
      return one !== other;
    case '<':
      return one < other;
    case '<=':
      return one <= other;
    default:
      throw new Error(`the fake knows no operator ${operator}`);
  }
};

import { digestOf } from '../../core/digest.ts';

/** A key attribute takes 1 to 2,048 bytes as partition key. @see Amazon DynamoDB developer guide, "Quotas in Amazon DynamoDB" */
const longestKeyBytes = 1_024;
const hashed = 'sha256:';

/** The text of a key as it may stand in a key attribute: itself, or its digest where it is empty, too long, or looks like one. */
export const keyText = (text: string): string =>
  text === '' || text.startsWith(hashed) || Buffer.byteLength(text) > longestKeyBytes
    ? `${hashed}${digestOf(text)}`
    : text;

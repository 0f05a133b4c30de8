import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { EpochMs } from '../../core/units.ts';

/**
 * The attribute after which DynamoDB drops an item, in seconds; rounded up, for nothing may go early.
 *
 * @see Amazon DynamoDB developer guide, "Using time to live (TTL)"
 */
export const timeToLive = (at: EpochMs): AttributeValue => ({ N: String(Math.ceil(at / 1_000)) });

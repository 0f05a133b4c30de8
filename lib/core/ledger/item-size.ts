/**
 * Bounds of what is frozen in an item, in bytes, so that no state of it exceeds DynamoDB's 400 KB (409,600 bytes, names of
 * attributes included): an effect keeps its request, a letter, an outcome and what the downstream said, a claim of inference
 * a decision or a letter. What is larger goes to a bucket where the contract says so (`largePayloads`); else it is refused before
 * anything is done (`dead-lettered(oversize)`).
 *
 * @see Amazon DynamoDB developer guide, "Quotas in Amazon DynamoDB"
 */

/** A frozen request, as canonical JSON in UTF-8. */
export const maxRequestBytes = 180_000;

/** A letter that is kept in an item; a larger one points to its record instead of repeating it. */
export const maxKeptLetterBytes = 160_000;

/** What a function says of a failure or a suppression, or a downstream of an answer, in characters: the rest is cut. */
export const maxToldLength = 2_000;

/** A decision with its headers. */
export const maxDecisionBytes = 380_000;

/** An outcome that is kept beside a request and a letter; where there is a bucket, a larger one goes there. */
const maxKeptOutcomeBytes = 40_000;

/** A frozen request in a bucket: all requests of a batch are in memory at once. Lambda's largest event has as many bytes. */
export const maxLargeRequestBytes = 6_000_000;

/** By stage: what an item holds itself, where there is a bucket for what is larger. Bytes of a request, and of all it emits. */
export const payloadLimits = {
  inference: { requestBytes: maxRequestBytes, emitsBytes: maxDecisionBytes },
  action: { requestBytes: maxRequestBytes, emitsBytes: maxKeptOutcomeBytes },
} as const;

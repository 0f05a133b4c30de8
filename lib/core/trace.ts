import { digestOf } from './digest.ts';

const traceparentPattern = /^[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})$/;

/**
 * The `traceparent` of an output: the trace goes on, and the span is this record in this stage.
 *
 * Derived and not random, so that an output emitted again is the same bytes.
 *
 * @param incoming - the input's traceparent; where it has none the trace id is made of the correlation id
 * @see W3C Trace Context, "traceparent header"
 */
export const traceparentOf = (
  incoming: string | undefined,
  correlationId: string,
  spanOf: string,
): string => {
  const parts = incoming === undefined ? null : traceparentPattern.exec(incoming);
  const traceId = parts?.[1] ?? digestOf(correlationId).slice(0, 32);
  return `00-${traceId}-${digestOf(`${traceId}/${spanOf}`).slice(0, 16)}-${parts?.[3] ?? '01'}`;
};

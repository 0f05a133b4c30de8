import { digestOf } from './digest.ts';

/** The trace that a record belongs to. @see W3C Trace Context */
export interface TraceContext {
  readonly traceparent: string | undefined;
  /** What tracing systems add to it; `undefined` where the traceparent is none, for it says nothing without one. */
  readonly tracestate: string | undefined;
}

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

/** Everybody must be able to carry so much; what is longer is left behind whole. @see W3C Trace Context, 3.3.1.5 */
const longestTracestateChars = 512;

/** A trace as it came: a state without a parent, of another form, or too long to be carried is left behind. */
export const traceContext = (
  traceparent: string | undefined,
  tracestate: string | undefined,
): TraceContext => ({
  traceparent,
  tracestate:
    traceparent !== undefined &&
    traceparentPattern.test(traceparent) &&
    tracestate !== undefined &&
    tracestate.length <= longestTracestateChars &&
    /^[\x20-\x7e]+$/.test(tracestate)
      ? tracestate
      : undefined,
});

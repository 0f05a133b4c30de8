import type { MappingOptions } from './options.ts';
import type { ResolvedMapping } from './resolved.ts';

/** Lambda's own default, and the only window that is not in whole seconds. */
const defaultWindowMs = 500;
const fewestRetries = 20;
/** Lambda's limit. Where it does not outlast giving up, the contract is refused. */
const mostRetries = 10_000;
/** Retries are also used up by batches that a neighbour made fail: twice what giving up needs. */
const retryReserve = 2;
const defaultMinimumWaitMs = 1_000;
const defaultTimeoutMs = 30_000;
const dayMs = 86_400_000;

const infinite = -1;

const defaultRetries = (giveUpAfterMs: number, minimumWaitMs: number): number => {
  const needed = retryReserve * Math.ceil(giveUpAfterMs / minimumWaitMs);
  // A wait of 0 is refused, and by its own name.
  return Number.isFinite(needed) ? Math.min(mostRetries, Math.max(fewestRetries, needed)) : fewestRetries;
};

/**
 * Fills in a mapping.
 *
 * On demand Lambda offers no error controls: no partial responses, no bisect, no limits, no destination.
 *
 * @param giveUpAfterMs - what the retries must outlast; 0 for a stage that never gives up on transient errors
 * @see AWS Lambda developer guide, "kafka-scaling-modes" and "kafka-retry-configurations"
 */
export const resolveMapping = (
  options: MappingOptions | undefined,
  defaultGroup: string,
  giveUpAfterMs: number,
): ResolvedMapping => {
  const pollers = options?.pollers ?? { min: 1, max: 1 };
  const provisioned = pollers !== 'on-demand';
  const minimumWaitMs = options?.minimumWait?.ms ?? defaultMinimumWaitMs;
  const retries =
    options?.retries ?? (provisioned ? defaultRetries(giveUpAfterMs, minimumWaitMs) : 'infinite');
  const maxAge = options?.maxAge ?? (provisioned ? { ms: dayMs } : 'infinite');
  const start = options?.start ?? 'TRIM_HORIZON';
  return {
    group: options?.group ?? defaultGroup,
    batchSize: options?.batchSize ?? 100,
    windowMs: options?.window?.ms ?? defaultWindowMs,
    pollers: provisioned ? { min: pollers.min, max: pollers.max } : null,
    startAt: typeof start === 'string' ? null : start.at,
    retries: retries === 'infinite' ? infinite : retries,
    maxAgeMs: maxAge === 'infinite' ? infinite : maxAge.ms,
    bisect: options?.bisect ?? provisioned,
    partialResponses: provisioned,
    onFailure: options?.onFailure ?? (provisioned ? 'dead-letter-topic' : 'none'),
    minimumWaitMs,
    timeoutMs: options?.timeout?.ms ?? defaultTimeoutMs,
  };
};

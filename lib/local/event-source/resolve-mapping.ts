import { digestOf } from '../../core/digest.ts';
import { ConfigError } from '../../core/errors.ts';
import type { EpochMs } from '../../core/units.ts';
import { mappingProblems } from './mapping-rules.ts';
import type { MappingConfig, MappingIdentity, MappingOptions } from './mapping.ts';

/** Lambda's limit for the payload of a synchronous invocation: 6 MB. */
const PAYLOAD_LIMIT_BYTES = 6 * 1024 * 1024;

/** With an on-failure destination, infinite retries are silently this many. */
const RETRIES_WITH_DESTINATION = 10;

/**
 * Fills Lambda's defaults in and validates as Lambda validates; what it caps in silence is capped here too.
 *
 * @param now - AT_TIMESTAMP must not be later
 * @throws {ConfigError} `PIPELINE_INVALID`, with every problem at once
 * @see AWS Lambda API reference, CreateEventSourceMapping
 */
export const resolveMapping = (options: MappingOptions, now: EpochMs): MappingConfig => {
  const config: MappingConfig = {
    uuid: uuidOf(options),
    functionArn: `arn:aws:lambda:local:000000000000:function:${options.functionName}`,
    source: { kind: 'self-managed', bootstrapServers: ['localhost:9092'] },
    batchSize: 100,
    batchBytes: PAYLOAD_LIMIT_BYTES,
    windowMs: 500,
    pollers: 'on-demand',
    startingPosition: { kind: 'TRIM_HORIZON' },
    filters: [],
    partialResponses: false,
    retries: -1,
    maxAgeMs: -1,
    bisect: false,
    destination: { kind: 'none' },
    timeoutMs: 3_000,
    concurrency: 10,
    backoff: { firstMs: 100, maxMs: 5_000 },
    ...options,
    undocumented: {
      afterPartialFailure: 'resume-at-first',
      afterProgress: 'retries-kept',
      splitting: 'free',
      destinationFor: 'unfinished',
      whenRefused: 'keeps-trying',
      ...options.undocumented,
    },
  };
  const problems = mappingProblems(config, now);
  if (problems.length > 0)
    throw new ConfigError('PIPELINE_INVALID', {
      message: `the event source mapping of ${config.functionName} on topic ${config.topic} is not valid:`,
      problems,
    });
  const capped = config.retries === -1 && config.destination.kind !== 'none';
  return capped ? { ...config, retries: RETRIES_WITH_DESTINATION } : config;
};

/** The same mapping has the same UUID in every run, so that its metrics and objects stay together. */
const uuidOf = ({ functionName, topic, group }: MappingIdentity): string => {
  const digest = digestOf(JSON.stringify([functionName, topic, group]));
  return [
    digest.slice(0, 8),
    digest.slice(8, 12),
    `8${digest.slice(13, 16)}`,
    `8${digest.slice(17, 20)}`,
    digest.slice(20, 32),
  ].join('-');
};

import { ConfigError } from '../../core/errors.ts';
import type { ResolvedContract, ResolvedMapping, StageName } from '../../core/contract/resolved.ts';
import { namesIn, stageSource } from '../../core/contract/stage-sources.ts';
import { parseInstant, type EpochMs } from '../../core/units.ts';
import type { Destination, MappingConfig, MappingOptions } from './mapping.ts';
import { resolveMapping } from './resolve-mapping.ts';

/** Where a stage's mapping is put. */
export interface MappingPlace {
  /** The deployment's name: it goes before created topics and groups. */
  readonly environment: string;
  /** Where an on-failure bucket is: a folder. */
  readonly bucketFolder: string;
  /** What the contract does not say: source, concurrency, undocumented choices. */
  readonly options?: Partial<MappingOptions>;
}

/**
 * The event source mapping of one stage, as its contract describes it.
 *
 * @throws {ConfigError} `PIPELINE_INVALID`
 */
export const mappingFor = (
  contract: ResolvedContract,
  stage: StageName,
  { environment, bucketFolder, options }: MappingPlace,
  now: EpochMs,
): MappingConfig => {
  const source = stageSource(contract, stage);
  const { topic, mapping } = source;
  const names = namesIn(environment, source);
  return resolveMapping(
    {
      functionName: `${environment}-${contract.pipeline}-${stage}`,
      topic: names.source,
      group: names.group,
      batchSize: mapping.batchSize,
      windowMs: mapping.windowMs,
      // What is always there: more than the minimum comes only with load, and no two pollers share a partition.
      pollers: mapping.pollers === null ? 'on-demand' : Math.min(mapping.pollers.min, topic.partitions),
      startingPosition: startingPosition(mapping),
      partialResponses: mapping.partialResponses,
      retries: mapping.retries,
      maxAgeMs: mapping.maxAgeMs,
      bisect: mapping.bisect,
      destination: destination(mapping, names.deadLetters, bucketFolder),
      timeoutMs: mapping.timeoutMs,
      ...options,
    },
    now,
  );
};

const startingPosition = ({ startAt }: ResolvedMapping): MappingConfig['startingPosition'] => {
  if (startAt === null) return { kind: 'TRIM_HORIZON' };
  const at = parseInstant(startAt);
  if (at === undefined)
    throw new ConfigError('PIPELINE_INVALID', {
      message: `a mapping starts at ${JSON.stringify(startAt)}, expected an RFC 3339 timestamp with a zone`,
    });
  return { kind: 'AT_TIMESTAMP', at };
};

const destination = (
  { onFailure }: ResolvedMapping,
  deadLetters: string,
  bucketFolder: string,
): Destination => {
  switch (onFailure) {
    case 'dead-letter-topic':
      return { kind: 'kafka', topic: deadLetters };
    case 'bucket':
      return { kind: 's3', folder: bucketFolder };
    case 'none':
      return { kind: 'none' };
  }
};

import type { BrokerFacts } from '../../core/ports/examination.ts';

/** Of each release the first level of its feature `metadata.version`. @see org.apache.kafka.server.common.MetadataVersion */
const FIRST_LEVELS: readonly (readonly [number, string])[] = [
  [1, '3.0'],
  [2, '3.1'],
  [3, '3.2'],
  [4, '3.3'],
  [8, '3.4'],
  [9, '3.5'],
  [12, '3.6'],
  [15, '3.7'],
  [20, '3.8'],
  [21, '3.9'],
  [22, '4.0'],
  [26, '4.1'],
  [28, '4.2'],
  [30, '4.3'],
];

/**
 * Which release a broker speaks like: no request asks for it. The level is the cluster's, and may be behind its brokers'
 * release until somebody raises it.
 */
export const releaseOf = ({
  metadataVersion,
  fetchVersion,
}: Pick<BrokerFacts, 'metadataVersion' | 'fetchVersion'>): string => {
  if (metadataVersion === undefined) return `Fetch up to version ${fetchVersion}, and no metadata.version`;
  const release = FIRST_LEVELS.findLast(([level]) => level <= metadataVersion)?.[1];
  return release === undefined
    ? `metadata.version ${metadataVersion}`
    : `Kafka ${release} or later (metadata.version ${metadataVersion})`;
};

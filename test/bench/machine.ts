import { cpus, loadavg, totalmem } from 'node:os';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

const versionOf = (name: string): string => {
  const text = readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8');
  return `${name} ${(JSON.parse(text) as { readonly version: string }).version}`;
};

const compared = [
  '@aws-sdk/client-dynamodb',
  '@platformatic/kafka',
  '@aws-lambda-powertools/idempotency',
  'kafkajs',
  'aws-msk-iam-sasl-signer-js',
] as const;

/** What the figures were measured on, in one line. */
export const machine = (): string => {
  const [cpu] = cpus();
  const memoryGb = Math.round(totalmem() / 1_073_741_824);
  // Whoever else uses the cores makes times longer, and ratios less so.
  const load = loadavg()
    .map((value) => value.toFixed(1))
    .join(', ');
  return `${cpus().length} cores of ${cpu?.model ?? 'an unknown CPU'}, ${memoryGb} GB, ${process.platform} ${process.arch}; load of the last 1, 5, 15 min ${load}; Node ${process.versions.node}; Apache Kafka 4.3.1; ${compared.map(versionOf).join(', ')}`;
};

import type { ResolvedContract } from '../../core/contract/resolved.ts';

/** Read by functions alone, and by each of them for itself: another function may have another one. */
const inFlight =
  /^(?:version|owner|warnings|alarms|source\.events|context\.[^.]+\.source\.events|features\.(?:row|output)|inference\.output)(?:\.|$)/;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** Paths of a contract at which two differ: `source.partitions`. */
const differences = (one: unknown, other: unknown, path = ''): readonly string[] => {
  if (!isObject(one) || !isObject(other)) return Object.is(one, other) ? [] : [path];
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].flatMap((name) =>
    differences(one[name], other[name], path === '' ? name : `${path}.${name}`),
  );
};

/** What JSON holds of a contract: schemas carry marks beside. */
const plain = (contract: ResolvedContract): unknown => JSON.parse(JSON.stringify(contract)) as unknown;

export interface ContractChanges {
  /** A run can take them with the functions' code. */
  readonly inFlight: readonly string[];
  /** Topics, mappings and stores were made by them. */
  readonly byRestart: readonly string[];
}

export const contractChanges = (running: ResolvedContract, now: ResolvedContract): ContractChanges => {
  const paths = differences(plain(running), plain(now));
  return {
    inFlight: paths.filter((path) => inFlight.test(path)),
    byRestart: paths.filter((path) => !inFlight.test(path)),
  };
};

import { expect, it } from 'vitest';
import { contractChanges } from '../../../../lib/local/watch/contract-changes.ts';
import { contract } from '../../../fixtures/meters/contract.ts';

const { resolved } = contract;

it('finds no change in the same contract', () => {
  expect(contractChanges(resolved, JSON.parse(JSON.stringify(resolved)) as typeof resolved)).toEqual({
    inFlight: [],
    byRestart: [],
  });
});

it('tells what functions read for themselves from what a run was made by', () => {
  const changed = {
    ...resolved,
    version: '2.0.0',
    deadlineMs: 1,
    features: { ...resolved.features, row: resolved.features.output, foldVersion: 2 },
    source: { ...resolved.source, partitions: 9, events: {} },
  };
  const { inFlight, byRestart } = contractChanges(resolved, changed);
  expect(new Set(inFlight.map((path) => path.split('.').slice(0, 2).join('.')))).toEqual(
    new Set(['version', 'features.row', 'source.events']),
  );
  expect(byRestart.toSorted()).toEqual(['deadlineMs', 'features.foldVersion', 'source.partitions']);
});

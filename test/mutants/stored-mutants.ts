import type { Mutant } from './mutant.ts';

/** Of what is kept: rows, and payloads in a bucket. */
export const storedMutants: readonly Mutant[] = [
  {
    name: 'item before object: an item points to what is not in the bucket',
    file: 'lib/core/ledger/payload-ledger.ts',
    find: '          return failure ? [] : [one];',
    replace: '          return [one];',
  },
  {
    name: 'what lies in the bucket is believed without a look at its digest',
    file: 'lib/core/ledger/payload.ts',
    find: '  body.length === bytes && digestOf(body) === sha256 ? textOf(body) : undefined;',
    replace: '  bytes >= 0 && sha256 ? textOf(body) : undefined;',
    test: 'test/unit/core/batch/large-payloads.test.ts',
  },
  {
    name: 'fence without topic id',
    file: 'lib/core/rows/row.ts',
    find: '  a.topicId === b.topicId && a.partition === b.partition;',
    replace: '  a.partition === b.partition;',
  },
  {
    name: 'no fence: what was folded is folded again',
    file: 'lib/core/rows/row.ts',
    find: '  row.fence.some((entry) => samePartition(entry, at) && at.offset <= entry.offset);',
    replace: '  row.fence.some((entry) => samePartition(entry, at) && at.offset < entry.offset - 1_000);',
  },
  {
    name: 'recent identities are forgotten',
    file: 'lib/core/rows/row.ts',
    find: "  if (known === undefined) return 'new';",
    replace: "  if (known !== undefined || known === undefined) return 'new';",
  },
  {
    name: 'schema letter without a hole',
    file: 'lib/core/rows/fold.ts',
    find: 'withHole(withFence(row, at), at, input.redrive ?? 0, input.bounds)',
    replace: 'withFence(row, at)',
  },
  {
    name: 'a redrive does not close its hole',
    file: 'lib/core/rows/fold.ts',
    find: '        withFence(withoutHole(row, at), at),\n        folded.state,',
    replace: '        withFence(row, at),\n        folded.state,',
  },
  {
    name: 'a redrive needs no hole',
    file: 'lib/core/rows/fold.ts',
    find: 'if (input.redrive !== undefined && hole?.redrive !== input.redrive - 1)',
    replace: 'if (input.redrive !== undefined && hole === undefined && input.redrive > 1_000)',
  },
  {
    name: 'the fold goes on behind a record that is stopped',
    file: 'lib/core/rows/fold.ts',
    find: '    else stopped = true;',
    replace: '    else stopped = false;',
  },
  {
    name: 'row write conditional on version only',
    file: 'lib/core/rows/row.ts',
    find: '  return { body, digest: digestOf(body) };',
    replace: '  return { body, digest: digestOf(String(row.version)) };',
  },
  {
    name: 'an outage of the schema registry makes dead letters',
    file: 'lib/core/rows/fold.ts',
    find: "return { kind: 'stopped', item, cause: 'registry-unavailable' };",
    replace: "return refuse('undecodable', 'not now');",
    test: 'test/unit/core/batch/decode-sources.test.ts',
  },
  {
    name: 'an observation that may not be stored counts as stored',
    file: 'lib/core/batch/context.ts',
    find: "    case 'unavailable':\n    case undefined:\n      return { kind: 'retry', cause: 'store-unavailable' };",
    replace: "    case 'unavailable':\n    case undefined:\n      return { kind: 'state-only' };",
  },
  {
    name: 'a refused observation is dead-lettered whether its letter is in the log or not',
    file: 'lib/core/batch/context.ts',
    find: "        return emittedByRecord.get(item)?.kind === 'acked'",
    replace: '        return emittedByRecord.has(item)',
    test: 'test/unit/core/batch/context.test.ts',
  },
];

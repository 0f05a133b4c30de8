import { expect, it } from 'vitest';
import { validatorsOf } from '../../../lib/runtime/validators.ts';
import { contract } from '../contract.ts';
import { recording } from '../recording.ts';
import { eventsIn, files } from './sample.ts';

it.each(files)('every line of %s is an event that the contract takes', (file) => {
  const { source } = validatorsOf(contract.resolved);
  const lines = eventsIn(file);
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines)
    for (const { type, data } of recording.files['events']?.events(line) ?? [])
      expect(source[type]?.(data), JSON.stringify(line)).toEqual([]);
});

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { entityOf, type Observed } from '../event.ts';

const data = join(import.meta.dirname, '../data');

/** The files of the recording. */
export const files = readdirSync(data).filter((name) => name.endsWith('.ndjson'));

/** Every event of one of them. */
export const eventsIn = (file: string): readonly Observed[] =>
  readFileSync(join(data, file), 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as Observed);

const [first] = eventsIn('sample.ndjson');
if (first === undefined) throw new Error('data/sample.ndjson is empty');

/** Two entities. */
export const [one, other] = ['one', 'other'] as const;

let made = 0;

/** An event as the sample has them, but with this entity, this value and an identity of its own. */
export const observed = (entity: typeof one | typeof other, value: number): Observed => ({
  ...first,
  id: `made-${(made += 1)}`,
  sensor: entity,
  celsius: value,
});

/** What the rows of the two are under. */
export const names = [one, other].map((entity) => entityOf(observed(entity, 0)));

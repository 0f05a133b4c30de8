import {
  tableShape,
  timeToLiveAttribute,
  type TableName,
  type TableShape,
} from '../../core/contract/tables.ts';
import type { Answered, KeyFacts, TableFacts } from '../../core/ports/examination.ts';
import { findingsOn, whyNot, type Finding } from './finding.ts';

const area = 'tables';

const keysText = (keys: readonly KeyFacts[]): string =>
  keys.length === 0 ? 'none' : keys.map(({ name, type }) => `${name} (${type})`).join(', ');

const shapeKeys = ({
  partitionKey,
  sortKey,
}: Pick<TableShape, 'partitionKey' | 'sortKey'>): readonly KeyFacts[] => [
  { name: partitionKey, type: 'text' },
  ...(sortKey === undefined ? [] : [sortKey]),
];

const isSame = (one: readonly KeyFacts[], other: readonly KeyFacts[]): boolean =>
  keysText(one) === keysText(other);

const anew =
  'delete the table if nothing in it is needed, and let the deployment create it: keys cannot be changed';

const judgeTimeToLive = (name: TableName, table: string, { timeToLive }: TableFacts): readonly Finding[] => {
  const on = findingsOn(area, 'time to live', table);
  const { expires } = tableShape(name);
  const expected = expires ? `on, by ${timeToLiveAttribute}` : 'off: rows are state and never expire';
  if (timeToLive.kind === 'unanswered')
    return [
      on.notProbed(
        whyNot(timeToLive),
        expected,
        'grant dynamodb:DescribeTimeToLive to whoever asks',
        'warning',
      ),
    ];
  const { value } = timeToLive;
  if (value === (expires ? timeToLiveAttribute : null)) return [];
  const got = value === null ? 'off' : `on, by ${value}`;
  return [
    expires
      ? on.warning(got, expected, `turn it on for ${timeToLiveAttribute}: without, the table only grows`)
      : on.failure(got, expected, 'turn it off: an entity whose row is gone begins anew'),
  ];
};

/** A table as the stores rely on it: one line where all of it is right, else one for each thing that is not. */
export const judgeTable = (
  name: TableName,
  table: string,
  answered: Answered<TableFacts | null>,
): readonly Finding[] => {
  const shape = tableShape(name);
  const wanted = shapeKeys(shape);
  const on = findingsOn(area, 'table', table);
  const expected = `keys ${keysText(wanted)}`;
  if (answered.kind === 'unanswered')
    return [
      on.notProbed(
        whyNot(answered),
        expected,
        'correct --dynamodb, --region and --profile, and grant dynamodb:DescribeTable to whoever asks',
      ),
    ];
  const facts = answered.value;
  if (facts === null)
    return [
      on.failure(
        'no such table',
        expected,
        'deploy the pipeline and name its tables with --tables; for a local run `npx freshet dev` creates them',
      ),
    ];
  const findings: Finding[] = [];
  if (facts.status !== 'ACTIVE')
    findings.push(
      findingsOn(area, 'status', table).warning(facts.status, 'ACTIVE', 'wait until it is, and look again'),
    );
  if (!isSame(facts.keys, wanted))
    findings.push(findingsOn(area, 'keys', table).failure(keysText(facts.keys), keysText(wanted), anew));
  if (shape.index !== undefined) {
    const { index } = shape;
    const found = facts.indexes.find((one) => one.name === index.name);
    if (found === undefined || !isSame(found.keys, shapeKeys(index)))
      findings.push(
        findingsOn(area, `index ${index.name}`, table).failure(
          found === undefined ? 'no such index' : keysText(found.keys),
          keysText(shapeKeys(index)),
          'create it: without, nobody finds the effects that need a person',
        ),
      );
  }
  findings.push(...judgeTimeToLive(name, table, facts));
  return findings.length === 0
    ? [on.ok(`${expected}, time to live ${shape.expires ? 'on' : 'off'}`, expected)]
    : findings;
};

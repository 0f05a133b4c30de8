import { expect, it } from 'vitest';
import { issuesText } from '../../../lib/core/schema-issues.ts';
import { StageBench } from '../../support/stage-bench.ts';
import { headerOf, reading, vector } from '../../support/stage-records.ts';

const saidOf = ({ producer }: StageBench): string | undefined =>
  producer.out[0] && headerOf(producer.out[0], '__connect.errors.exception.message');

it('names the whole value where an issue is about no member of it, and cuts what is long', () => {
  const issues = ['', '/a', '/b', '/c', '/d', '/e'].map((pointer) => ({ pointer, message: 'is wrong' }));
  expect(issuesText(issues)).toBe(
    '(whole value) is wrong; /a is wrong; /b is wrong; /c is wrong; /d is wrong',
  );
  expect(issuesText(issues.slice(0, 1), '(whole line)')).toBe('(whole line) is wrong');
});

it.each([
  ['emit of "read"', (bench: StageBench) => bench.features([reading(1)])],
  ['decide', (bench: StageBench) => bench.inference([vector(1)])],
])('so does the letter of what %s returned', async (name, run) => {
  const bench = new StageBench();
  bench.on = { ...bench.on, read: { fold: (state) => state, emit: () => ({}) } };
  bench.decide = () => ({});
  await run(bench);
  expect(saidOf(bench)).toMatch(
    new RegExp(`^${name} returned what is not of schema "output": \\(whole value\\) must have`),
  );
});

it('so does the letter of what fold returned', async () => {
  const bench = new StageBench();
  bench.on = { ...bench.on, read: { fold: () => ({}) } };
  await bench.features([reading(1)]);
  expect(saidOf(bench)).toContain('schema "row": (whole value) must have');
});

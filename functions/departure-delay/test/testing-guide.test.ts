/** docs/testing.md shows code that these tests run, and messages that they get. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FeaturesStage } from '../../../lib/core/stages/features.ts';
import { event } from '../../../lib/testing/event.ts';
import { given } from '../../../lib/testing/given.ts';
import { simulate } from '../../../lib/testing/simulation/simulate.ts';
import { action } from '../action.ts';
import { withWaiting } from '../board.ts';
import { contract } from '../contract.ts';
import { features } from '../features.ts';
import { inference } from '../inference.ts';
import type { AirportBoard, Boarding } from '../schemas.ts';
import { boarding } from './flights.ts';

const guide = readFileSync(resolve(import.meta.dirname, '../../../docs/testing.md'), 'utf8');

const blocks = (language: string): readonly string[] =>
  [...guide.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'))].map(([, text = '']) => text);

/** Without indentation, and with numbers that are drawn by lot all the same. */
const linesOf = (text: string): readonly string[] =>
  text
    .split('\n')
    .map((line) => line.trim().replaceAll(/0\.\d+/g, '0.…'))
    .filter((line) => line !== '');

const messageOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'nothing was wrong',
    (thrown: unknown) => (thrown instanceof Error ? thrown.message : String(thrown)),
  );

const flight = event('boarding', boarding('UA1', 90));

describe('docs/testing.md', () => {
  it('shows code that is run', () => {
    const tests = ['stages.test.ts', 'simulate.test.ts'].map((file) =>
      linesOf(readFileSync(join(import.meta.dirname, file), 'utf8')).join('\n'),
    );
    const code = blocks('ts');
    expect(code).toHaveLength(2);
    for (const block of code)
      expect(
        tests.some((test) => test.includes(linesOf(block).join('\n'))),
        block,
      ).toBe(true);
  });

  it('shows what given(…) says of a fold that counts in a variable', async () => {
    let boarded = 0;
    const fold = (board: AirportBoard, flown: Boarding): AirportBoard => ({
      ...withWaiting(board, flown),
      delayShort: { atMs: 0, sum: 0, weight: (boarded += 1) },
    });
    const counting = { ...features.on['boarding'], fold } as FeaturesStage['on'][string];
    const stage: FeaturesStage = { ...features, on: { ...features.on, boarding: counting } };
    expect(linesOf(await messageOf(given(stage).events(flight)))).toEqual(linesOf(blocks('text')[0] ?? ''));
  });

  it('shows what simulate(…) says of a decision that is drawn by lot', async () => {
    const decide = (input: object): unknown => ({
      ...(inference.decide(input) as object),
      score: Math.random(),
    });
    const stages = { features, inference: { ...inference, decide }, action };
    const said = linesOf(await messageOf(simulate(contract, stages, { events: [flight] })));
    const shown = linesOf(blocks('text')[1] ?? '');
    expect(shown.length).toBeGreaterThan(6);
    // The guide leaves out most of the timeline, and changes nothing of it.
    expect(said.filter((line) => shown.includes(line))).toEqual(shown);
  });
});

import { describe, expect, it } from 'vitest';
import type { Ran } from '../../../lib/testing/simulation/ran.ts';
import { simulate } from '../../simulation/command.ts';
import { ownPipeline, type Simulation } from '../../simulation/schedules.ts';

/** `npm run simulate`, on schedules that are short. */
const simulated = async (argv: readonly string[], simulation?: Simulation) => {
  const written = { out: '', err: '' };
  const code = await simulate(
    argv,
    { out: (text) => void (written.out += text), err: (text) => void (written.err += text) },
    simulation,
  );
  return { code, ...written };
};

// As they were found: to shrink them takes seconds.
const search = ['--runs', '100', '--seed', '7', '--longest', '120', '--no-shrink'];

/** The options of the command that a search names for what it has found. */
const replayIn = (out: string): readonly string[] =>
  /npm run simulate -- (.*)/.exec(out)?.[1]?.split(' ') ?? [];

describe('npm run simulate', () => {
  it('names a schedule that breaks a promise by seed and path, which show it as a timeline', async () => {
    let found: Ran | undefined;
    const simulation: Simulation = {
      ...ownPipeline,
      own: (ran) => {
        if (ran.published.length < 3 || !ran.world.faults.has('rewind')) return [];
        found ??= ran;
        return [{ invariant: 'context', what: `${ran.published.length} are too many` }];
      },
    };
    const first = await simulated(search, simulation);
    expect(first).toMatchObject({ code: 1, err: '' });
    expect(first.out).toMatch(
      /^\ncontext: \d are too many\n\nseed 7, path \d+\. See it: npm run simulate -- --seed 7 --path \d+ --longest 120 --replay\n$/,
    );
    const again = await simulated(replayIn(first.out), simulation);
    expect(again).toMatchObject({ code: 1, err: '' });
    const [timeline = '', rest] = again.out.split('\n\nfaults: ');
    expect(rest).toBe(`${[...(found?.world.faults ?? [])].join(' ')}\n${first.out}`);
    expect(timeline).toMatch(/^ +\d+ s {2}ask e1 is published at /);
    expect(timeline.match(/(?<= s {2})\w+ \w+ is published at .*/g)).toEqual(
      found?.published.map(
        ({ type, id, partition, offset, event }) =>
          `${type} ${id} is published at ${partition}/${offset}: ${JSON.stringify(event)}`,
      ),
    );
    expect(timeline).toContain('— calm —');
    // Without --replay it is looked for alone.
    const { out } = await simulated(replayIn(first.out).slice(0, -1), simulation);
    expect(out).toBe(first.out);
  });

  it('shows a schedule that throws as far as it came, and then what was thrown', async () => {
    const simulation: Simulation = {
      ...ownPipeline,
      domain: (tape) => {
        const { subject, publisher } = ownPipeline.domain(tape);
        return {
          subject,
          publisher: (deployment) => {
            const inner = publisher(deployment);
            return {
              published: inner.published,
              isDone: false,
              mayPass: (ms) => inner.mayPass(ms),
              publish: () => {
                if (inner.published.length === 2) throw new Error('no room for a third');
                inner.publish();
              },
            };
          },
        };
      },
    };
    const first = await simulated(search, simulation);
    expect(first.code).toBe(1);
    expect(first.out).toMatch(/^\nI7: Error: no room for a third\n\nseed 7, path /);
    const { code, out } = await simulated(replayIn(first.out), simulation);
    expect(code).toBe(1);
    const [timeline = '', thrown] = out.split('\n\nit threw ');
    expect(timeline.match(/ is published at /g)).toHaveLength(2);
    expect(thrown).toMatch(/^Error: no room for a third\n +at Object\.publish \(.*command\.test\.ts/);
    expect(thrown?.endsWith(first.out)).toBe(true);
  });

  it('says so where every promise is kept, of one schedule and of many', async () => {
    expect(await simulated(['--seed', '7', '--path', '3', '--longest', '120', '--replay'])).toEqual({
      code: 0,
      out: 'seed 7, path 3: every promise is kept.\n',
      err: '',
    });
    expect(await simulated(['--runs', '5', '--seed', '7', '--longest', '120'])).toEqual({
      code: 0,
      out: '5 schedules from seed 7: every promise is kept.\n',
      err: '',
    });
  });

  it.each(['runs', 'seed', 'longest'])(
    'refuses a --%s that is no whole number, with exit code 2',
    async (name) => {
      expect(await simulated([`--${name}`, '1.5'])).toEqual({
        code: 2,
        out: '',
        err: `--${name}: got "1.5"; expected a whole number.\n`,
      });
    },
  );
});

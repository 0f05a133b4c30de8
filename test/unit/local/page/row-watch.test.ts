import { beforeEach, describe, expect, it } from 'vitest';
import type { RowStore } from '../../../../lib/core/ports/stores.ts';
import { RowWatch } from '../../../../lib/local/page/feed/row-watch.ts';

const second = 1_000;
const minute = 60 * second;

/** Rows whose versions a test says. */
class FakeRows implements RowStore {
  readonly versions = new Map<string, number>();
  /** What the state of a version is. */
  state: (version: number) => unknown = () => ({});
  reads = 0;

  async read(entities: readonly string[]): ReturnType<RowStore['read']> {
    this.reads += entities.length;
    return entities.map((entity) => {
      const version = this.versions.get(entity);
      const value =
        version === undefined
          ? undefined
          : { body: `{"state":${JSON.stringify(this.state(version))},"version":${version}}`, digest: '' };
      return { kind: 'read', value };
    });
  }

  async write(): Promise<never> {
    throw new Error('nobody who watches writes');
  }
}

describe('rows that are watched', () => {
  let rows: FakeRows;
  let watch: RowWatch;
  beforeEach(() => {
    rows = new FakeRows();
    watch = new RowWatch(rows);
  });

  /** Folds so many events in each of so many seconds, and looks. */
  const fold = async (from: number, seconds: number, perSecond: number): Promise<number> => {
    let now = from;
    for (let turn = 0; turn < seconds; turn += 1) {
      now += second;
      rows.versions.set('a', (rows.versions.get('a') ?? 0) + perSecond);
      watch.touch('a');
      await watch.look(now);
    }
    return now;
  };

  it('have no age until they are seen to change: nobody knows when they were written', async () => {
    rows.versions.set('a', 7);
    watch.touch('a');
    expect(await watch.list(10 * minute)).toEqual({
      rows: [{ key: 'a', version: 7, changedMs: null, changes: 0 }],
      total: 1,
      isMore: false,
    });
    expect((await watch.list(20 * minute)).rows).toMatchObject([{ changedMs: null, changes: 0 }]);
    rows.versions.set('a', 8);
    expect((await watch.list(21 * minute)).rows).toMatchObject([{ version: 8, changedMs: 0, changes: 1 }]);
    expect((await watch.list(21 * minute + 40 * second)).rows).toMatchObject([
      { changedMs: 40 * second, changes: 1 },
    ]);
    expect((await watch.list(23 * minute)).rows).toMatchObject([{ changedMs: 2 * minute, changes: 0 }]);
  });

  it('count the changes of the last minute, those with which it began left out', async () => {
    const quiet = await fold(0, 1, 100);
    const now = await fold(quiet + 10 * minute, 2, 3);
    expect((await watch.list(now)).rows).toMatchObject([{ version: 106, changes: 6 }]);
  });

  it('count the changes of the whole last minute, however fast they come', async () => {
    const now = await fold(0, 300, 5);
    const [row] = (await watch.list(now)).rows;
    expect(row).toMatchObject({ version: 1_500, changedMs: 0 });
    expect(row?.changes).toBeGreaterThanOrEqual(60 * 5);
    expect(row?.changes).toBeLessThanOrEqual(64 * 5);
    expect((await watch.show('a', now))?.versions.length).toBeLessThanOrEqual(22);
  });

  it('are looked at for some seconds after an event, which is folded a little later', async () => {
    rows.versions.set('a', 1);
    watch.touch('a');
    for (let now = 0; now < 5 * second; now += second) await watch.look(now);
    rows.versions.set('a', 2);
    await watch.look(5 * second);
    expect((await watch.list(minute)).rows).toMatchObject([{ version: 2, changedMs: 55 * second }]);
  });

  it('are counted where not all of them are listed', async () => {
    for (let index = 0; index < 350; index += 1) {
      rows.versions.set(`k${index}`, 1);
      watch.touch(`k${index}`);
    }
    const some = await watch.list(0);
    expect([some.rows.length, some.total, some.isMore]).toEqual([200, 350, false]);
    expect(some.rows[0]?.key).toBe('k349');
    for (let index = 350; index < 900; index += 1) watch.touch(`k${index}`);
    rows.versions.set('k899', 1);
    expect(await watch.list(0)).toMatchObject({ rows: [{ key: 'k899' }], total: 500, isMore: true });
  });

  it('are left alone when nothing is published', async () => {
    rows.versions.set('a', 1);
    watch.touch('a');
    for (let now = 0; now < minute; now += second) await watch.look(now);
    expect(rows.reads).toBeLessThanOrEqual(10);
  });

  /** Of the row as it is shown: each version with the value of its member before and after. */
  const changes = async (key: string, now: number) =>
    (await watch.show(key, now))?.versions.map(({ version, changes: what }) => [
      version,
      what && what.members.map(({ path, before, after }) => [path, before, after]),
    ]);

  it('say what changed from one version that is remembered to the next, also before they are opened', async () => {
    rows.state = (version) => ({ sum: version * 10 });
    const now = await fold(2 * second, 4, 1);
    // The second and the third were seen within three seconds: the third is told from the first.
    expect(await changes('a', now)).toEqual([
      [1, null],
      [3, [['/sum', '10', '30']]],
      [4, [['/sum', '30', '40']]],
    ]);
    rows.versions.set('a', 5);
    rows.state = () => ({ sum: 40 });
    expect((await changes('a', now + 3 * second))?.at(-1)).toEqual([5, []]);
  });

  it('of many, are compared once they are opened, and a row that is open stays so', async () => {
    rows.state = (version) => ({ sum: version });
    for (let index = 0; index < 200; index += 1) watch.touch(`k${index}`);
    rows.versions.set('k199', 1);
    expect(await changes('k199', 0)).toEqual([[1, null]]);
    rows.versions.set('k199', 2);
    expect((await changes('k199', 10 * second))?.at(-1)).toEqual([2, [['/sum', '1', '2']]]);
    // As many are opened as are compared: the one that was opened first is compared no more.
    for (let index = 0; index < 24; index += 1) await watch.show(`k${index}`, 10 * second);
    rows.versions.set('k199', 3);
    expect((await changes('k199', 20 * second))?.at(-1)).toEqual([3, null]);
  });
});

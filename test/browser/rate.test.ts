import type { Page } from 'playwright-core';
import { afterEach, describe, expect, it } from 'vitest';
import { browsing } from './browser.ts';
import { startFakePageServer, type FakePageServer } from './fake-page-server.ts';
import { fakeDecision, fakePoint, fakeState } from './fake-run.ts';

const { open } = browsing();

let server: FakePageServer | undefined;
afterEach(() => server?.stop());

/** Frames that the page asks for: how many it drew, and how many it waited for at one time. */
interface Frames {
  drawn: number;
  waiting: number;
  mostWaiting: number;
}

/** Where the page under test keeps them. */
const counted = 'framesCounted';

const countFrames = (): void => {
  const real = globalThis.requestAnimationFrame.bind(globalThis);
  const frames: Frames = { drawn: 0, waiting: 0, mostWaiting: 0 };
  Object.assign(globalThis, { framesCounted: frames });
  globalThis.requestAnimationFrame = (draw) => {
    frames.waiting++;
    frames.mostWaiting = Math.max(frames.mostWaiting, frames.waiting);
    return real((time) => {
      frames.waiting--;
      frames.drawn++;
      draw(time);
    });
  };
};

const framesOf = (page: Page): Promise<Frames> =>
  page.evaluate(
    (name) => ({ ...(globalThis as unknown as Record<string, Frames>)[name] }) as Frames,
    counted,
  );

/** Of the page as it is after its garbage was collected. */
const sizeOf = async (
  page: Page,
): Promise<{ readonly heapBytes: number; readonly nodes: number; readonly listeners: number }> => {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.enable');
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  const { nodes, jsEventListeners } = await session.send('Memory.getDOMCounters');
  await session.detach();
  return { heapBytes: usedSize, nodes, listeners: jsEventListeners };
};

/** Seconds of a run at 2,500 events/s, each as many messages as the page's server sends in one: as fast as they are taken. */
const feed = async (page: Page, to: FakePageServer, fromSecond: number, seconds: number): Promise<void> => {
  for (let second = fromSecond; second < fromSecond + seconds; second++) {
    for (const quarter of [0, 1, 2, 3]) {
      const first = second * 2_500 + quarter * 625;
      to.publish('decisions', {
        decisions: Array.from({ length: 50 }, (_, index) => fakeDecision(first + index)),
        skipped: 575,
      });
      if (quarter % 2 === 0) to.publish('state', fakeState(second * 2 + quarter / 2));
    }
    to.publish(
      'outcomes',
      Array.from({ length: 50 }, (_, index) => ({
        id: fakeDecision(second * 2_500 + index).id,
        outcome: index % 2 === 0,
      })),
    );
    to.publish('point', fakePoint(second));
    // The page keeps up: what is sent next waits until it has drawn this.
    if (second % 10 === 9)
      await expect
        .poll(() => page.locator('.far').textContent())
        .toBe(`${fakeState(second * 2 + 1).played.toLocaleString('en-US')} of 55,713`);
  }
};

describe.each([
  ['decisions', '.decision', 80],
  ['overview', '.picture *', 400],
  ['freshness', '.plot *', 400],
] as const)('at 2,500 events a second the view %s', (view, selector, most) => {
  it('keeps up, draws once for each frame, and does not grow', async () => {
    server = await startFakePageServer({
      hello: {
        state: fakeState(2),
        // Every list is as long as it gets.
        points: Array.from({ length: 900 }, (_, n) => fakePoint(n - 900)),
        decisions: Array.from({ length: 300 }, (_, n) => fakeDecision(n)),
      },
    });
    const page = await open(`${server.address}/#/departure-delay/${view}`, { before: countFrames });
    await page.locator('.link.open').waitFor();
    await feed(page, server, 1, 40);
    const before = await sizeOf(page);
    const framesBefore = (await framesOf(page)).drawn;
    await feed(page, server, 41, 160);
    const after = await sizeOf(page);
    const { drawn, mostWaiting } = await framesOf(page);

    expect(await page.locator(selector).count()).toBeLessThanOrEqual(most);
    // 160 seconds bring 1,280 messages; nothing is drawn more than once a frame, and uPlot asks for its own.
    expect(drawn - framesBefore).toBeLessThan(1_280);
    expect(mostWaiting).toBeLessThanOrEqual(2);
    // What is no longer shown is let go of by and by: what was leaked is not.
    await expect.poll(async () => (await sizeOf(page)).nodes).toBeLessThanOrEqual(before.nodes + 200);
    expect(after.listeners).toBeLessThanOrEqual(before.listeners + 20);
    expect(after.heapBytes).toBeLessThan(before.heapBytes + 2_000_000);
  });
});

import { afterEach, describe, expect, it, vi } from 'vitest';
import type { PageFeed, PageListener } from '../../../../lib/local/page/feed/page-feed.ts';
import type { PageHello } from '../../../../lib/local/page/protocol/page-api.ts';
import type { PagePoint } from '../../../../lib/local/page/protocol/page-state.ts';
import { eventStream } from '../../../../lib/local/page/server/event-stream.ts';

const point = (at: number): PagePoint => ({
  at,
  simulated: 0,
  quality: { auc: null, precision: null, recall: null },
  stages: {},
});

/** A feed that says what a test has it say. */
class FakeFeed implements Pick<PageFeed, 'listen' | 'hello'> {
  readonly listeners = new Set<PageListener>();
  isOver = false;
  points: PagePoint[] = [];

  listen(listener: PageListener, onEnd: () => void): () => void {
    if (this.isOver) {
      onEnd();
      return () => {};
    }
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async hello(): Promise<PageHello> {
    return { points: this.points, decisions: [] } as unknown as PageHello;
  }

  tell(at: number): void {
    this.points.push(point(at));
    for (const listener of this.listeners) listener('point', point(at));
  }
}

/** What comes next; `undefined`: it has ended. */
const said = async (reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string | undefined> => {
  const { done, value } = await reader.read();
  return done ? undefined : new TextDecoder().decode(value);
};
const allOf = async (stream: ReadableStream<Uint8Array>): Promise<string> => new Response(stream).text();

describe('the stream of a feed', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('ends for a browser that does not read, which is told everything when it comes back', async () => {
    const feed = new FakeFeed();
    const deaf = eventStream(feed).getReader();
    expect(await said(deaf)).toMatch(/^event: hello\n/);
    for (let at = 0; at < 1_000 && feed.listeners.size > 0; at += 1) feed.tell(at);
    expect(feed.listeners.size).toBe(0);
    let heard = 0;
    while ((await said(deaf)) !== undefined) heard += 1;
    expect(heard).toBe(64);

    feed.tell(4_711);
    const back = eventStream(feed).getReader();
    expect(await said(back)).toContain('{"at":4711,');
    await back.cancel();
    expect(feed.listeners.size).toBe(0);
  });

  it('ends at once where the run has ended, and leaves nothing running', async () => {
    vi.useFakeTimers();
    const feed = new FakeFeed();
    feed.isOver = true;
    expect(await allOf(eventStream(feed))).toBe('');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('leaves nothing running where the browser goes away', async () => {
    vi.useFakeTimers();
    const feed = new FakeFeed();
    const stream = eventStream(feed);
    expect(vi.getTimerCount()).toBe(1);
    await stream.cancel();
    expect(vi.getTimerCount()).toBe(0);
    expect(feed.listeners.size).toBe(0);
  });

  it('fails where there is nothing to say hello with', async () => {
    const feed = new FakeFeed();
    vi.spyOn(feed, 'hello').mockRejectedValue(new Error('the log is away'));
    await expect(allOf(eventStream(feed))).rejects.toThrow('the log is away');
    expect(feed.listeners.size).toBe(0);
  });
});

import type { PageFeed } from '../feed/page-feed.ts';

const keepOpenMs = 15_000;
/** Events that wait for a browser that does not read, at most: then it is let go, comes back, and is told everything anew. */
const mostWaiting = 64;

const encoder = new TextEncoder();
const eventText = (name: string, event: unknown): Uint8Array =>
  encoder.encode(`event: ${name}\ndata: ${JSON.stringify(event)}\n\n`);

/** A feed as server-sent events; ends with the run, and where it is not read. */
export const eventStream = (feed: Pick<PageFeed, 'listen' | 'hello'>): ReadableStream<Uint8Array> => {
  let letGo = (): void => {};
  return new ReadableStream<Uint8Array>(
    {
      start: async (controller) => {
        let isOpen = true;
        let hasHello = false;
        const end = (): void => {
          if (!isOpen) return;
          letGo();
          controller.close();
        };
        const send = (bytes: Uint8Array): void => {
          if (!isOpen) return;
          if ((controller.desiredSize ?? 0) > 0) controller.enqueue(bytes);
          else end();
        };
        const timer = setInterval(() => send(encoder.encode(': still here\n\n')), keepOpenMs);
        let stop = (): void => {};
        letGo = () => {
          isOpen = false;
          clearInterval(timer);
          stop();
        };
        // A run that has ended ends it at once.
        stop = feed.listen((name, event) => {
          // What comes before the hello is in it.
          if (hasHello) send(eventText(name, event));
        }, end);
        try {
          const hello = await feed.hello();
          send(eventText('hello', hello));
          hasHello = true;
        } catch (thrown) {
          if (!isOpen) return;
          letGo();
          controller.error(thrown);
        }
      },
      cancel: () => letGo(),
    },
    { highWaterMark: mostWaiting },
  );
};

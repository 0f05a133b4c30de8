import type { PageFeed } from '../feed/page-feed.ts';

const keepOpenMs = 15_000;
/** Events that wait for a browser that does not read, at most: then the newest ones are left out until it does. */
const mostWaiting = 64;

const encoder = new TextEncoder();
const eventText = (name: string, event: unknown): Uint8Array =>
  encoder.encode(`event: ${name}\ndata: ${JSON.stringify(event)}\n\n`);

/** A feed as server-sent events; ends with the run. */
export const eventStream = (feed: PageFeed): ReadableStream<Uint8Array> => {
  let letGo = (): void => {};
  return new ReadableStream<Uint8Array>(
    {
      start: async (controller) => {
        let hasHello = false;
        const send = (bytes: Uint8Array): void => {
          if ((controller.desiredSize ?? 0) > 0) controller.enqueue(bytes);
        };
        const timer = setInterval(() => send(encoder.encode(': still here\n\n')), keepOpenMs);
        const stop = feed.listen(
          (name, event) => {
            // What comes before the hello is in it.
            if (hasHello) send(eventText(name, event));
          },
          () => {
            letGo();
            controller.close();
          },
        );
        letGo = () => {
          clearInterval(timer);
          stop();
          letGo = () => {};
        };
        try {
          const hello = await feed.hello();
          send(eventText('hello', hello));
          hasHello = true;
        } catch (thrown) {
          letGo();
          controller.error(thrown);
        }
      },
      cancel: () => letGo(),
    },
    { highWaterMark: mostWaiting },
  );
};

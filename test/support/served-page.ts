import type { PageHello } from '../../lib/local/page/protocol/page-api.ts';
import type { PageState } from '../../lib/local/page/protocol/page-state.ts';
import { until, type FreshetProcess } from './freshet-process.ts';

/** The page's address, where a run has printed one. */
export const addressIn = ({ written }: FreshetProcess): string | undefined =>
  /see it heal: (http:\/\/127\.0\.0\.1:\d+)/.exec(written.out)?.[1];

/** The page's address, once it is printed. */
export const pageOf = async (process: FreshetProcess): Promise<string> => {
  await until(
    'the address of the page',
    () => addressIn(process) !== undefined,
    () => JSON.stringify(process.written),
  );
  return addressIn(process) ?? '';
};

/** What a page is told of a pipeline when it comes, and the whole stream, once the run has closed it. */
export const watched = async (
  url: string,
  pipeline: string,
): Promise<{ readonly hello: PageHello; readonly rest: Promise<string>; readonly leave: () => void }> => {
  const leaving = new AbortController();
  const response = await fetch(`${url}/api/${pipeline}/events`, { signal: leaving.signal });
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  let text = '';
  while (!text.includes('\n\n')) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`the stream ended with ${text}`);
    text += decoder.decode(value, { stream: true });
  }
  const rest = (async () => {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return text;
      text += decoder.decode(value, { stream: true });
    }
  })();
  // A process that is killed breaks it off: that is of interest only to whoever waits for it.
  rest.catch(() => {});
  const hello = JSON.parse(text.split('data: ')[1]?.split('\n')[0] ?? '{}') as PageHello;
  return { hello, rest, leave: () => leaving.abort() };
};

/** What the page shows of a pipeline now. */
export const stateOnPage = async (url: string, pipeline: string): Promise<PageState> => {
  const { hello, leave } = await watched(url, pipeline);
  leave();
  return hello.state;
};

import type { Hono } from 'hono';
import { onTestFinished } from 'vitest';
import type { ResolvedStage } from '../../lib/core/contract/resolved.ts';
import type { LocalRun } from '../../lib/local/local-run.ts';
import { PageRun } from '../../lib/local/page/page-run.ts';
import type { PageEvents } from '../../lib/local/page/protocol/page-api.ts';
import type { PageState } from '../../lib/local/page/protocol/page-state.ts';
import { pageApp } from '../../lib/local/page/server/page-app.ts';
import type { Speed } from '../../lib/local/player/pace.ts';
import type { PreparedRun } from '../../lib/local/prepare-run.ts';
import { preparedFixture, startedRun } from './fixture-run.ts';
import { temporaryFolder } from './folder.ts';

/** Long enough for a machine that is busy with other tests. */
const longestWaitMs = 90_000;

/** What a killed worker had claimed is free when its invocation would have ended: here sooner than by the contract. */
const timeoutMs = 5_000;

const token = 'the-token-of-the-page';
/** As the page itself asks. */
export const asThePage = {
  host: '127.0.0.1:4000',
  origin: 'http://127.0.0.1:4000',
  'x-freshet-token': token,
};

/** A pipeline of the fixtures that runs in this process, with its page. It ends with the test. */
export class PageBench {
  readonly run: LocalRun;
  readonly page: PageRun;
  readonly app: Hono;
  readonly told: { [Name in keyof PageEvents]: PageEvents[Name][] } = {
    state: [],
    point: [],
    decisions: [],
    outcomes: [],
  };
  #onTold = Promise.withResolvers<void>();
  #closed: Promise<void> | undefined;

  constructor(run: LocalRun) {
    this.run = run;
    this.page = new PageRun({
      run,
      operator: { who: 'test', why: 'from the page' },
      redriveCommand: 'npx freshet dlq redrive all',
    });
    this.app = pageApp({
      runs: [this.page],
      token,
      assets: {
        html: async () => '<!doctype html>',
        asset: async (name) =>
          name === 'main.js' ? { type: 'text/javascript', content: new Uint8Array([59]) } : undefined,
      },
    });
  }

  /** Closing twice does no harm. */
  close(): Promise<void> {
    return (this.#closed ??= this.page.feed.stop().then(() => this.run.close()));
  }

  /** Looks at the page from now on. */
  listen(): void {
    this.page.feed.listen(
      (name, event) => {
        (this.told[name] as PageEvents[typeof name][]).push(event);
        this.#onTold.resolve();
        this.#onTold = Promise.withResolvers();
      },
      () => {},
    );
    this.page.feed.start();
  }

  /** The first state from now on of which it holds; fails with what was waited for where it does not come. */
  async until(what: string, isMet: (state: PageState) => boolean): Promise<PageState> {
    const giveUpAt = Date.now() + longestWaitMs;
    for (let from = this.told.state.length; Date.now() < giveUpAt;) {
      const found = this.told.state.slice(from).find(isMet);
      if (found !== undefined) return found;
      from = this.told.state.length;
      await Promise.race([this.#onTold.promise, this.run.broken]);
    }
    throw new Error(`waited ${longestWaitMs} ms for ${what}; was ${JSON.stringify(this.told.state.at(-1))}`);
  }

  get(path: string, headers: Readonly<Record<string, string>> = { host: asThePage.host }): Promise<Response> {
    return Promise.resolve(this.app.request(path, { headers }));
  }

  async json(path: string): Promise<unknown> {
    return (await this.get(path)).json();
  }

  /** What is shown only to whoever asks for it as the page does. */
  reveal(path: string, headers: Readonly<Record<string, string>> = asThePage): Promise<Response> {
    return Promise.resolve(this.app.request(path, { method: 'POST', headers }));
  }

  control(
    control: unknown,
    headers: Readonly<Record<string, string>> = asThePage,
    pipeline = this.page.pipeline,
  ): Promise<Response> {
    return Promise.resolve(
      this.app.request(`/api/${pipeline}/control`, {
        method: 'POST',
        headers,
        body: typeof control === 'string' ? control : JSON.stringify(control),
      }),
    );
  }
}

const withShortTimeouts = (prepared: PreparedRun): PreparedRun => {
  const { contract } = prepared.built;
  const shortened = <Stage extends ResolvedStage>(stage: Stage): Stage => ({
    ...stage,
    mapping: { ...stage.mapping, timeoutMs },
  });
  const context = Object.entries(contract.context).map(([name, each]) => [name, shortened(each)] as const);
  return {
    ...prepared,
    built: {
      ...prepared.built,
      contract: {
        ...contract,
        context: Object.fromEntries(context),
        features: shortened(contract.features),
        inference: shortened(contract.inference),
        action: shortened(contract.action),
      },
    },
  };
};

/** @param folder - the state folder; one of the test's own where it is left out */
export const pageBench = async (
  fixture: string,
  speed: Speed,
  folder: string = temporaryFolder(),
  atEnd: (close: () => Promise<void>) => void = onTestFinished,
): Promise<PageBench> => {
  const prepared = await preparedFixture(fixture, folder);
  const run = await startedRun(withShortTimeouts(prepared), speed);
  const bench = new PageBench(run);
  atEnd(() => bench.close());
  return bench;
};

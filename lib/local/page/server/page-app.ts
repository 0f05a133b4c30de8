import { Hono, type Context, type Handler } from 'hono';
import { UsageError } from '../../../core/errors.ts';
import { readControl } from '../controls/read-control.ts';
import type { PageRun } from '../page-run.ts';
import type { WhichEffects } from '../views/effects.ts';
import { assetsPath, type PageAssets } from './assets.ts';
import { eventStream } from './event-stream.ts';
import { ownOnly, secured, withToken } from './guard.ts';
import { refuse, refuseThrown } from './page-answer.ts';

export interface PageAppOptions {
  /** As they are when somebody asks. */
  readonly runs: readonly PageRun[];
  readonly assets: Pick<PageAssets, 'html' | 'asset'>;
  readonly token: string;
}

const whichEffects: readonly WhichEffects[] = ['in-doubt', 'failed', 'done'];

/** A control is a line; nobody sends more. */
const longestControl = 10_000;

const unknown = (c: Context, what: string, known: readonly string[]): Response =>
  refuse(c, 404, {
    what,
    why: known.length === 0 ? '' : `There are ${known.join(', ')}.`,
    next: 'go back to the page',
  });

/** What the page asks, and how it is answered: see `protocol/page-api.ts`. */
export const pageApp = ({ runs, assets, token }: PageAppOptions): Hono => {
  const app = new Hono();
  const names = (): readonly string[] => runs.map(({ pipeline }) => pipeline);
  /** Answers with what a run says; 404 for a pipeline that does not run here. */
  const ofRun =
    (answer: (run: PageRun, c: Context) => Promise<Response> | Response) =>
    (c: Context): Promise<Response> | Response => {
      const name = c.req.param('pipeline') ?? '';
      const run = runs.find(({ pipeline }) => pipeline === name);
      return run === undefined ? unknown(c, `no pipeline "${name}" runs here`, names()) : answer(run, c);
    };

  app.use(secured, ownOnly);
  app.onError((thrown, c) => refuseThrown(c, thrown));
  app.notFound((c) => unknown(c, `nothing is at ${c.req.path}`, []));

  app.get('/', async (c) => c.html(await assets.html()));
  app.get(`${assetsPath}/:name`, async (c) => {
    const name = c.req.param('name');
    const asset = await assets.asset(name);
    return asset === undefined
      ? unknown(c, `there is no asset ${name}`, [])
      : c.body(asset.content, 200, { 'content-type': asset.type });
  });

  app.get('/api/pipelines', (c) => c.json({ pipelines: names() }));
  app.get(
    '/api/:pipeline/events',
    ofRun(({ feed }, c) => c.body(eventStream(feed), 200, { 'content-type': 'text/event-stream' })),
  );
  app.get(
    '/api/:pipeline/rows',
    ofRun(async (run, c) => c.json(await run.rows())),
  );
  app.get(
    '/api/:pipeline/rows/:key{.+}',
    ofRun(async (run, c) => {
      const key = c.req.param('key') ?? '';
      const row = await run.row(key);
      return row === undefined ? unknown(c, `there is no row of "${key}"`, []) : c.json(row);
    }),
  );
  const traced = (withPayload: boolean): Handler =>
    ofRun(async (run, c) => {
      try {
        return c.json(await run.trace(c.req.query('id') ?? '', withPayload));
      } catch (thrown) {
        if (thrown instanceof UsageError) return unknown(c, thrown.message, []);
        throw thrown;
      }
    });
  app.get('/api/:pipeline/trace', traced(false));
  app.post('/api/:pipeline/trace', withToken(token), traced(true));
  app.get(
    '/api/:pipeline/letters',
    ofRun(async (run, c) => c.json({ ...(await run.letters()), redriveCommand: run.redriveCommand })),
  );
  app.post(
    '/api/:pipeline/letters/:id{.+}',
    withToken(token),
    ofRun(async (run, c) => {
      const id = c.req.param('id') ?? '';
      const letter = await run.letter(id);
      return letter === undefined
        ? unknown(c, `there is no letter ${id} among the newest`, [])
        : c.json({ letter });
    }),
  );
  app.get(
    '/api/:pipeline/effects',
    ofRun(async (run, c) => {
      const asked = c.req.query('which') ?? 'in-doubt';
      const which = whichEffects.find((each) => each === asked);
      if (which === undefined)
        throw new UsageError('USAGE', {
          message: `which: got "${asked}", expected ${whichEffects.join(', ')}. Fix: name one of them.`,
        });
      return c.json(await run.effects(which));
    }),
  );
  app.post(
    '/api/:pipeline/control',
    withToken(token),
    ofRun(async (run, c) => {
      const control = readControl(jsonIn((await c.req.text()).slice(0, longestControl)));
      const said = await run.control(control);
      return c.json({ controls: run.controls, said });
    }),
  );
  return app;
};

const jsonIn = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new UsageError('USAGE', {
      message: 'got a body that is not JSON. Expected a control. Fix: send JSON such as {"kind":"pause"}.',
    });
  }
};

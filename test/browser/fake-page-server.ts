import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import { bundlePage } from '../../lib/build/bundle-page.ts';
import type { Control, PageEvents, PageHello } from '../../lib/local/page/protocol/page-api.ts';
import type {
  PageControls,
  PageEffects,
  PageLetters,
  PageRows,
  PageState,
} from '../../lib/local/page/protocol/page-state.ts';
import { fakeEffects, fakeLetters, fakeRedriveCommand } from './fake-letters.ts';
import { fakeRow, fakeRows } from './fake-run.ts';
import { fakeTrace } from './fake-trace.ts';

const folder = fileURLToPath(new URL('../../lib/local/page/browser/', import.meta.url));

/** As strict as the page's own server. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const types: Readonly<Record<string, string>> = { js: 'text/javascript', css: 'text/css' };

export interface FakeOptions {
  readonly hello: PageHello;
  readonly pipelines?: readonly string[];
  readonly token?: string;
  readonly port?: number;
  readonly letters?: PageLetters;
  readonly effects?: PageEffects;
  /** What there is when it is asked for the n-th time. */
  readonly rows?: (n: number) => PageRows;
}

/** Speaks the page's protocol, and says what a test has it say. */
export interface FakePageServer {
  readonly address: string;
  readonly port: number;
  /** What the page told the run, in order, with the token it came with. */
  readonly told: { readonly control: Control; readonly token: string | undefined }[];
  readonly hearers: () => number;
  /** Of the pipeline that is heard; a state becomes that of the next hello too. */
  readonly publish: <K extends keyof PageEvents>(name: K, data: PageEvents[K]) => void;
  /** Other pipelines run now: who hears one that does not is sent away. */
  readonly offer: (pipelines: readonly string[]) => void;
  readonly stop: () => Promise<void>;
}

const obeyed = (controls: PageControls, what: Control): readonly [PageControls, string] => {
  switch (what.kind) {
    case 'play':
      return [{ ...controls, isPlayingPaused: false }, 'It plays.'];
    case 'pause':
      return [{ ...controls, isPlayingPaused: true }, 'It is paused.'];
    case 'speed':
      return [
        {
          ...controls,
          speed: what.factor === 'fast' ? { kind: 'fast' } : { kind: 'paced', factor: what.factor },
        },
        'Another speed.',
      ];
    case 'kill-worker':
      return [controls, `A worker of ${what.stage} was killed.`];
    case 'receiver':
      return [{ ...controls, receiver: what.is }, `The receiver is ${what.is}.`];
    case 'model-delay':
      return [{ ...controls, modelDelayMs: what.ms }, `The model is slower by ${what.ms} ms.`];
    case 'poison':
      return [controls, 'A poison event was sent.'];
    case 'action':
      return [{ ...controls, isActionPaused: what.is === 'paused' }, `Action is ${what.is}.`];
  }
};

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
};

const answer = (response: ServerResponse, body: unknown, status = 200): void => {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
};

export const startFakePageServer = async ({
  hello,
  pipelines: pipelinesAtFirst = ['departure-delay'],
  token = 'fake-token',
  port: wantedPort = 0,
  letters = fakeLetters,
  effects = fakeEffects,
  rows = fakeRows,
}: FakeOptions): Promise<FakePageServer> => {
  const assets = new Map(
    (await bundlePage([`${folder}main.ts`, `${folder}page.css`], '/assets')).map(({ name, base64 }) => [
      name,
      Buffer.from(base64, 'base64'),
    ]),
  );
  const html = readFileSync(`${folder}index.html`, 'utf8').replace('{{token}}', token);
  let state: PageState = hello.state;
  let pipelines = pipelinesAtFirst;
  const hearers = new Map<ServerResponse, string>();
  const told: FakePageServer['told'] = [];
  let asked = 0;

  const hear = (response: ServerResponse, pipeline: string): void => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write(`event: hello\ndata: ${JSON.stringify({ ...hello, state: { ...state, pipeline } })}\n\n`);
    hearers.set(response, pipeline);
    response.on('close', () => hearers.delete(response));
  };

  const control = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const what = JSON.parse(await bodyOf(request)) as Control;
    const given = request.headers['x-freshet-token'];
    told.push({ control: what, token: String(given) });
    if (given !== token) {
      answer(
        response,
        {
          error: {
            what: 'The token is another.',
            why: 'The run was started again.',
            next: 'Load the page anew.',
          },
        },
        403,
      );
      return;
    }
    const [controls, said] = obeyed(state.controls, what);
    state = { ...state, controls };
    answer(response, { controls, said });
  };

  const answerApi = (request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> | void => {
    const [, , pipeline = '', what, argument] = url.pathname.split('/').map(decodeURIComponent);
    if (pipeline === 'pipelines') return answer(response, { pipelines });
    if (pipeline !== 'pipelines' && !pipelines.includes(pipeline))
      return answer(
        response,
        { error: { what: `No pipeline is called ${pipeline}.`, why: '', next: '' } },
        404,
      );
    const id = url.searchParams.get('id') ?? '';
    const isReveal = request.method === 'POST' && request.headers['x-freshet-token'] === token;
    switch (what) {
      case 'events':
        return hear(response, pipeline);
      case 'control':
        return control(request, response);
      case 'rows':
        asked++;
        return argument === undefined
          ? answer(response, rows(state.played === 0 ? 0 : asked))
          : answer(response, fakeRow(argument, asked));
      case 'trace':
        return id.includes('unknown')
          ? answer(
              response,
              {
                error: {
                  what: `No record is known as ${id}.`,
                  why: 'No topic of this run has it.',
                  next: 'Take an id from a decision.',
                },
              },
              404,
            )
          : answer(response, fakeTrace(id, isReveal));
      case 'letters':
        return argument === undefined
          ? answer(response, { ...letters, redriveCommand: fakeRedriveCommand })
          : answer(response, isReveal ? { letter: { secret: `the-payload-of-${argument}` } } : {});
      case 'effects':
        return answer(
          response,
          url.searchParams.get('which') === 'in-doubt' ? effects : { effects: [], total: 0 },
        );
      case undefined:
      default:
        return answer(
          response,
          { error: { what: `Nothing is at ${url.pathname}.`, why: '', next: '' } },
          404,
        );
    }
  };

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    response.setHeader('content-security-policy', policy);
    if (url.pathname.startsWith('/api/')) {
      void answerApi(request, response, url);
      return;
    }
    const asset = assets.get(url.pathname.replace('/assets/', ''));
    if (url.pathname === '/') response.setHeader('content-type', 'text/html; charset=utf-8').end(html);
    else if (asset === undefined) response.writeHead(404).end();
    else response.setHeader('content-type', types[url.pathname.split('.').at(-1) ?? ''] ?? '').end(asset);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(wantedPort, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  return {
    address: `http://127.0.0.1:${port}`,
    port,
    told,
    hearers: () => hearers.size,
    publish: (name, data) => {
      if (name === 'state') state = data as PageState;
      const text = `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
      for (const hearer of hearers.keys()) hearer.write(text);
    },
    offer: (offered) => {
      pipelines = offered;
      for (const [hearer, pipeline] of hearers) if (!offered.includes(pipeline)) hearer.end();
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

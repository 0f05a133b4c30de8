import { readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}

interface Script {
  readonly scriptId: string;
  readonly url: string;
  readonly sourceMapURL: string;
}

/** Where a thread stands. */
export interface Standing {
  /** URL of the file: of the source, where the code has a map. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** The value of an expression there. */
  readonly value: (expression: string) => Promise<unknown>;
}

const withinMs = 30_000;

/** A debugger as VS Code and Chrome are: it speaks the DevTools protocol, and knows sources by their maps. */
export class Debugger {
  readonly #socket: WebSocket;
  readonly #answers = new Map<number, (message: Message) => void>();
  readonly #scripts: Script[] = [];
  readonly #paused: Message[] = [];
  #wake: () => void = () => {};
  #last = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => this.#take(JSON.parse(String(data)) as Message));
  }

  /** As with "Attach to a stage": it is given a port, and asks there until somebody is open to it. */
  static async attachTo(port: number): Promise<Debugger> {
    for (const giveUpAt = performance.now() + withinMs; ;) {
      const listed = await fetch(`http://127.0.0.1:${port}/json/list`).catch(() => undefined);
      const [one] = ((await listed?.json()) ?? []) as readonly { readonly webSocketDebuggerUrl: string }[];
      if (one !== undefined) return Debugger.attach(one.webSocketDebuggerUrl);
      if (performance.now() > giveUpAt) throw new Error(`waited ${withinMs} ms for somebody at port ${port}`);
      await pause(50);
    }
  }

  /** It is gone with the test. */
  static async attach(url: string): Promise<Debugger> {
    const socket = new WebSocket(url);
    onTestFinished(() => socket.close());
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener('open', () => resolve());
      socket.addEventListener('error', () => reject(new Error(`no debugger is listening at ${url}`)));
    });
    const attached = new Debugger(socket);
    await attached.#ask('Runtime.enable');
    await attached.#ask('Debugger.enable');
    return attached;
  }

  /**
   * Sets a breakpoint at a line of a file, which may be one that running code was made of.
   *
   * @param source - its URL
   * @param line - from 1
   */
  async breakAt(source: string, line: number): Promise<void> {
    if (this.#scripts.some(({ url }) => url === source)) {
      await this.#ask('Debugger.setBreakpointByUrl', { url: source, lineNumber: line - 1 });
      return;
    }
    for (const { url, sourceMapURL } of this.#scripts) {
      const map = mapOf(url, sourceMapURL);
      if (map === undefined) continue;
      const generated = readFileSync(fileURLToPath(url), 'utf8').split('\n');
      const lineNumber = generated.findIndex((text, index) => {
        const entry = map.findEntry(index, text.search(/\S/));
        return (
          'originalSource' in entry && entry.originalSource === source && entry.originalLine === line - 1
        );
      });
      if (lineNumber < 0) continue;
      await this.#ask('Debugger.setBreakpointByUrl', { url, lineNumber });
      return;
    }
    throw new Error(
      `no code is of ${source}:${line}; the scripts are ${this.#scripts.map(({ url }) => url).join(', ')}`,
    );
  }

  /** The next time that it stands. */
  async stands(): Promise<Standing> {
    const giveUpAt = performance.now() + withinMs;
    while (this.#paused.length === 0) {
      const leftMs = giveUpAt - performance.now();
      if (leftMs <= 0) throw new Error(`waited ${withinMs} ms for the breakpoint`);
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      const timer = setTimeout(resolve, leftMs);
      await promise;
      clearTimeout(timer);
    }
    const frames = this.#paused.shift()?.params?.['callFrames'] as readonly {
      readonly callFrameId: string;
      readonly location: {
        readonly scriptId: string;
        readonly lineNumber: number;
        readonly columnNumber: number;
      };
    }[];
    const [frame] = frames;
    if (frame === undefined) throw new Error('it stands nowhere');
    const { location } = frame;
    const script = this.#scripts.find(({ scriptId }) => scriptId === location.scriptId);
    const url = script?.url ?? '';
    const entry = mapOf(url, script?.sourceMapURL ?? '')?.findEntry(
      location.lineNumber,
      location.columnNumber,
    );
    const isMapped = entry !== undefined && 'originalSource' in entry;
    return {
      file: isMapped ? entry.originalSource : url,
      line: (isMapped ? entry.originalLine : location.lineNumber) + 1,
      value: async (expression) => {
        const { callFrameId } = frame;
        const answer = await this.#ask('Debugger.evaluateOnCallFrame', {
          callFrameId,
          expression,
          returnByValue: true,
        });
        return (answer['result'] as { readonly value?: unknown }).value;
      },
    };
  }

  /** What VS Code and Chrome say once their breakpoints are set, to who waits for them. */
  async letRun(): Promise<void> {
    await this.#ask('Runtime.runIfWaitingForDebugger');
  }

  async resume(): Promise<void> {
    await this.#ask('Debugger.resume');
  }

  close(): void {
    this.#socket.close();
  }

  #take(message: Message): void {
    if (message.id !== undefined) this.#answers.get(message.id)?.(message);
    if (message.method === 'Debugger.scriptParsed') this.#scripts.push(message.params as unknown as Script);
    if (message.method === 'Debugger.paused') {
      this.#paused.push(message);
      this.#wake();
    }
  }

  async #ask(method: string, params: object = {}): Promise<Readonly<Record<string, unknown>>> {
    this.#last += 1;
    const id = this.#last;
    const { promise, resolve } = Promise.withResolvers<Message>();
    this.#answers.set(id, resolve);
    this.#socket.send(JSON.stringify({ id, method, params }));
    const { result, error } = await promise;
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result ?? {};
  }
}

/** The map beside a script; its sources are URLs. */
const mapOf = (url: string, sourceMapURL: string): SourceMap | undefined => {
  if (!url.startsWith('file:') || sourceMapURL === '' || sourceMapURL.startsWith('data:')) return undefined;
  const payload = JSON.parse(readFileSync(new URL(sourceMapURL, url), 'utf8')) as SourceMapPayload;
  const sources = payload.sources.map((source) => new URL(source, payload.sourceRoot || url).href);
  return new SourceMap({ ...payload, sourceRoot: '', sources });
};

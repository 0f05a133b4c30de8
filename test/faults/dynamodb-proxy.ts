import { once } from 'node:events';
import { Agent, createServer, request, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Statement {
  readonly Statement: string;
  readonly Parameters: readonly unknown[];
}

/** Springs once, at a write that answers its description. */
export interface StatementTrap {
  readonly verb: 'INSERT' | 'UPDATE';
  readonly table: string;
  /** Found in its parameters; `''`: whatever they are. */
  readonly parameter: string;
  /** Before DynamoDB knows of it, or when it is done and nobody has been told. */
  readonly when: 'before' | 'after';
  /** So many are let through. */
  skip: number;
  /** Whoever asked waits in vain until this is done. */
  readonly spring: () => void | Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

const throttle = 'ThrottlingException';
const throttled: Answer = {
  status: 400,
  body: JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${throttle}`, message: 'too fast' }),
  headers: { 'content-type': 'application/x-amz-json-1.0' },
};

const bodyOf = async (stream: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
};

const statementsOf = (body: string): readonly Statement[] =>
  (JSON.parse(body) as { readonly Statements: readonly Statement[] }).Statements;

/** Stands before a DynamoDB, and does to its clients what DynamoDB does on bad days. */
export class DynamoDbProxy {
  readonly #server: Server;
  readonly #target: string;
  readonly #agent = new Agent({ keepAlive: true });
  readonly traps = new Set<StatementTrap>();
  /** Share of statements, and of other calls, that are throttled. */
  throttledShare = 0;
  /** Where its chances come from. */
  random: () => number = Math.random;
  /** Statements and calls that were throttled. */
  throttles = 0;
  /** Nobody gets a connection. */
  isDown = false;

  private constructor(target: string) {
    this.#target = target;
    this.#server = createServer((incoming, response) => {
      void this.#serve(incoming).then(
        (answer) => {
          if (answer === undefined) response.destroy();
          else response.writeHead(answer.status, answer.headers).end(answer.body);
        },
        () => response.destroy(),
      );
    });
    this.#server.on('connection', (socket) => {
      if (this.isDown) socket.destroy();
    });
  }

  /** @param target - `http://127.0.0.1:<port>` */
  static async start(target: string): Promise<DynamoDbProxy> {
    const proxy = new DynamoDbProxy(target);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    this.#agent.destroy();
    await once(this.#server, 'close');
  }

  async #serve(incoming: IncomingMessage): Promise<Answer | undefined> {
    const body = await bodyOf(incoming);
    if (this.isDown) return undefined;
    const operation = String(incoming.headers['x-amz-target']).split('.').at(-1) ?? '';
    if (operation === 'BatchExecuteStatement') return this.#write(incoming, body);
    const isData = ['BatchGetItem', 'GetItem', 'PutItem', 'UpdateItem', 'Query'].includes(operation);
    return isData && this.#throttles() ? throttled : this.#forward(incoming, body);
  }

  async #write(incoming: IncomingMessage, body: string): Promise<Answer | undefined> {
    const statements = statementsOf(body);
    const trap = this.#trapFor(statements);
    if (trap?.when === 'before') {
      await trap.spring();
      return undefined;
    }
    if (this.throttledShare === 0 || trap !== undefined) {
      const answer = await this.#forward(incoming, body);
      if (trap === undefined) return answer;
      await trap.spring();
      return undefined;
    }
    const isKept = statements.map(() => !this.#throttles());
    const kept = statements.filter((_, index) => isKept[index]);
    const answers =
      kept.length === 0
        ? []
        : (
            JSON.parse((await this.#forward(incoming, JSON.stringify({ Statements: kept }))).body) as {
              readonly Responses: readonly unknown[];
            }
          ).Responses;
    const left = [...answers];
    const responses = isKept.map((wasKept) =>
      wasKept ? left.shift() : { Error: { Code: 'ThrottlingError', Message: 'too fast' } },
    );
    return { ...throttled, status: 200, body: JSON.stringify({ Responses: responses }) };
  }

  #throttles(): boolean {
    if (this.random() >= this.throttledShare) return false;
    this.throttles += 1;
    return true;
  }

  #trapFor(statements: readonly Statement[]): StatementTrap | undefined {
    for (const trap of this.traps) {
      const isIts = statements.some(
        ({ Statement: text, Parameters }) =>
          text.startsWith(trap.verb) &&
          text.includes(`${trap.table}"`) &&
          JSON.stringify(Parameters).includes(trap.parameter),
      );
      if (!isIts) continue;
      trap.skip -= 1;
      if (trap.skip >= 0) continue;
      this.traps.delete(trap);
      return trap;
    }
    return undefined;
  }

  async #forward({ method, headers }: IncomingMessage, body: string): Promise<Answer> {
    const outgoing = request(this.#target, {
      method,
      agent: this.#agent,
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    });
    outgoing.end(body);
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
    const type = answer.headers['content-type'] ?? 'application/x-amz-json-1.0';
    return {
      status: answer.statusCode ?? 500,
      body: await bodyOf(answer),
      headers: { 'content-type': type },
    };
  }
}

import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FakeReference {
  readonly name: string;
  readonly subject: string;
  readonly version: number;
}

interface FakeSchema {
  readonly schema: string;
  readonly schemaType: string;
  readonly references: readonly FakeReference[];
}

/** What the registry does instead of answering. */
export type RegistryMode =
  | 'ok'
  | 'error'
  | 'hang'
  | 'wrong-json'
  | 'no-json'
  | 'proxy-404'
  | 'broken'
  | 'redirect';

/**
 * A schema registry with Confluent's REST API on a port of its own, whose answers a test can spoil.
 *
 * @see Confluent Platform, "Schema Registry API Reference"
 */
export interface FakeRegistry {
  readonly url: string;
  /** Paths that were asked for, in order. */
  readonly asked: readonly string[];
  /** Authorization headers, in the same order. */
  readonly authorizations: readonly (string | undefined)[];
  /** Most requests that were open at once. */
  readonly atOnce: number;
  mode: RegistryMode;
  /** Of one path only. */
  readonly modeOf: Map<string, RegistryMode>;
  /** Registers a schema under the next id, from 1, and as the only version of its subject. */
  add(schema: string, options?: Partial<Omit<FakeSchema, 'schema'>> & { readonly subject?: string }): number;
  close(): Promise<void>;
}

const notFound = (code: number, what: string): object => ({ error_code: code, message: `${what} not found` });

export const startFakeRegistry = async (): Promise<FakeRegistry> => {
  const asked: string[] = [];
  const authorizations: (string | undefined)[] = [];
  const byId: FakeSchema[] = [];
  const bySubject = new Map<string, number>();
  const modeOf = new Map<string, RegistryMode>();
  let open = 0;
  let atOnce = 0;

  const answer = (response: ServerResponse, path: string): void => {
    const send = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/vnd.schemaregistry.v1+json' });
      response.end(JSON.stringify(body));
    };
    const [, id] = /^\/schemas\/ids\/(\d+)$/.exec(path) ?? [];
    const [, subject = '', version] = /^\/subjects\/([^/]+)\/versions\/(\d+)$/.exec(path) ?? [];
    const found = id === undefined ? bySubject.get(`${decodeURIComponent(subject)}/${version}`) : Number(id);
    const schema = found === undefined ? undefined : byId[found - 1];
    if (!schema)
      return send(404, id === undefined ? notFound(40_401, 'Subject') : notFound(40_403, 'Schema'));
    const { schemaType, references, ...rest } = schema;
    return send(200, {
      ...rest,
      ...(id === undefined
        ? { subject: decodeURIComponent(subject), version: Number(version), id: found }
        : {}),
      // As the real one: Avro is not named, and no references are not listed.
      ...(schemaType === 'AVRO' ? {} : { schemaType }),
      ...(references.length === 0 ? {} : { references }),
    });
  };

  const server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    authorizations.push(request.headers.authorization);
    open += 1;
    atOnce = Math.max(atOnce, open);
    response.once('close', () => {
      open -= 1;
    });
    switch (modeOf.get(path) ?? registry.mode) {
      case 'ok':
        // Later than at once, so that whoever asks side by side is seen to.
        return void setImmediate(() => answer(response, path));
      case 'error':
        return void response.writeHead(500).end(JSON.stringify(notFound(50_001, 'Backend')));
      case 'hang':
        return undefined;
      case 'wrong-json':
        return void response.writeHead(200).end('{"schema":7}');
      case 'no-json':
        return void response.writeHead(200).end('<html>Please log in</html>');
      case 'proxy-404':
        return void response.writeHead(404).end('<html>Not Found</html>');
      case 'broken':
        return void request.socket.destroy();
      case 'redirect':
        return void response.writeHead(302, { location: 'https://elsewhere.example' }).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const registry: FakeRegistry = {
    url: `http://127.0.0.1:${port}`,
    asked,
    authorizations,
    get atOnce() {
      return atOnce;
    },
    mode: 'ok',
    modeOf,
    add: (schema, { schemaType = 'AVRO', references = [], subject } = {}) => {
      const id = byId.push({ schema, schemaType, references });
      bySubject.set(`${subject ?? `subject-${id}`}/1`, id);
      return id;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  return registry;
};

/** Confluent's header before a payload. */
export const framed = (id: number, payload: Uint8Array): Uint8Array => {
  const header = Buffer.alloc(5);
  header.writeUInt32BE(id, 1);
  return Buffer.concat([header, payload]);
};

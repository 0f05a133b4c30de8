import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { openRegistry } from '../../../../lib/adapters/wire/registry.ts';
import { PermanentRecordError, TransientError } from '../../../../lib/core/errors.ts';
import { startFakeRegistry, type FakeRegistry, type RegistryMode } from '../../../support/fake-registry.ts';

const open: FakeRegistry[] = [];
let fake: FakeRegistry;

beforeEach(async () => {
  fake = await startFakeRegistry();
  open.push(fake);
});
afterAll(() => Promise.all(open.map((each) => each.close())));

const soon = (): AbortSignal => AbortSignal.timeout(10_000);

describe('a schema of the registry', () => {
  it('comes with its type, which only Avro leaves out', async () => {
    const avro = fake.add('"string"');
    const proto = fake.add('message A {}', { schemaType: 'PROTOBUF' });
    const registry = openRegistry(fake.url);
    expect(await registry.schema(avro, soon())).toEqual({
      id: 1,
      type: 'AVRO',
      text: '"string"',
      references: [],
    });
    expect(await registry.schema(proto, soon())).toMatchObject({ type: 'PROTOBUF', text: 'message A {}' });
    expect(fake.asked).toEqual(['/schemas/ids/1', '/schemas/ids/2']);
  });

  it('comes with all that it refers to, each once and behind what it refers to itself', async () => {
    const to = (...names: readonly string[]) =>
      names.map((name) => ({ name, subject: `shop/${name}`, version: 1 }));
    fake.add('cents', { subject: 'shop/cents' });
    fake.add('money', { subject: 'shop/money', references: to('cents') });
    fake.add('line', { subject: 'shop/line', references: to('money', 'cents') });
    const order = fake.add('order', { references: to('line', 'money') });
    const { references } = await openRegistry(fake.url).schema(order, soon());
    expect(references).toEqual(['cents', 'money', 'line'].map((name) => ({ name, text: name })));
    expect(fake.asked).toEqual([
      '/schemas/ids/4',
      '/subjects/shop%2Fline/versions/1',
      '/subjects/shop%2Fmoney/versions/1',
      '/subjects/shop%2Fcents/versions/1',
    ]);
  });

  it('may refer to itself without end, and is asked for once', async () => {
    const self = [{ name: 'self', subject: 'self', version: 1 }];
    const id = fake.add('self', { subject: 'self', references: self });
    expect((await openRegistry(fake.url).schema(id, soon())).references).toEqual([
      { name: 'self', text: 'self' },
    ]);
  });

  it('is refused where it refers to more than anybody writes', async () => {
    for (let number = 0; number <= 201; number += 1)
      fake.add('x', {
        subject: `s${number}`,
        references: [{ name: 'next', subject: `s${number + 1}`, version: 1 }],
      });
    await expect(openRegistry(fake.url).schema(1, soon())).rejects.toMatchObject({
      code: 'VALUE_UNDECODABLE',
    });
  });

  it('is asked for under the path of the address, with its user and password', async () => {
    const { host } = new URL(fake.url);
    const registry = openRegistry(`http://key:p%40ss@${host}/apis/ccompat/v7/`);
    await expect(registry.schema(1, soon())).rejects.toThrow(/./);
    expect(fake.asked).toEqual(['/apis/ccompat/v7/schemas/ids/1']);
    expect(fake.authorizations).toEqual([`Basic ${Buffer.from('key:p@ss').toString('base64')}`]);
  });
});

describe('a schema that the registry does not have', () => {
  it('is unknown for good', async () => {
    const asked = openRegistry(fake.url).schema(99, soon());
    await expect(asked).rejects.toBeInstanceOf(PermanentRecordError);
    await expect(asked).rejects.toMatchObject({ code: 'UNKNOWN_SCHEMA' });
  });

  it('is also one that another refers to', async () => {
    const id = fake.add('a', { references: [{ name: 'gone', subject: 'gone', version: 3 }] });
    await expect(openRegistry(fake.url).schema(id, soon())).rejects.toMatchObject({
      code: 'UNKNOWN_SCHEMA',
      message: expect.stringContaining('/subjects/gone/versions/3'),
    });
  });
});

describe('a registry that does not answer with a schema', () => {
  it.each<readonly [RegistryMode, RegExp]>([
    ['error', /got status 500/],
    ['wrong-json', /got an answer that is no schema/],
    ['no-json', /got an answer that is no schema/],
    ['proxy-404', /got status 404/],
    ['redirect', /got status 302/],
    ['broken', /got other side closed|got .*socket|got read ECONNRESET/],
  ])('is out of order, and says nothing of the record: %s', async (mode, message) => {
    fake.add('"string"');
    fake.mode = mode;
    const asked = openRegistry(fake.url).schema(1, soon());
    await expect(asked).rejects.toBeInstanceOf(TransientError);
    await expect(asked).rejects.toMatchObject({
      code: 'REGISTRY_UNAVAILABLE',
      message: expect.stringMatching(message),
    });
  });

  it('is not waited for beyond the time there is', async () => {
    fake.mode = 'hang';
    const signal = AbortSignal.timeout(50);
    await expect(openRegistry(fake.url).schema(1, signal)).rejects.toMatchObject({
      code: 'REGISTRY_UNAVAILABLE',
      message: expect.stringContaining('no answer in time'),
    });
    expect(fake.asked).toHaveLength(1);
  });

  it('is not there at all', async () => {
    await fake.close();
    const asked = openRegistry(fake.url.replace('://', '://user:canary@')).schema(1, soon());
    await expect(asked).rejects.toMatchObject({
      code: 'REGISTRY_UNAVAILABLE',
      message: expect.stringContaining('ECONNREFUSED'),
    });
    await expect(asked).rejects.not.toMatchObject({ message: expect.stringContaining('canary') });
  });

  it('is asked once more where a connection breaks: it may have been dead since the function was frozen', async () => {
    fake.mode = 'broken';
    await expect(openRegistry(fake.url).schema(1, soon())).rejects.toThrow(/./);
    expect(fake.asked).toHaveLength(2);
  });
});

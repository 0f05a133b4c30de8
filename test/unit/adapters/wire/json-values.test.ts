import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { jsonValues } from '../../../../lib/adapters/wire/json-values.ts';
import { framed } from '../../../support/fake-registry.ts';

const glue = (packing: number, payload: Uint8Array): Uint8Array =>
  Buffer.concat([Uint8Array.of(3, packing), Buffer.alloc(16, 0xab), payload]);

const text = Buffer.from('{"a":[1,"ü"]}');

describe('values in JSON', () => {
  it('are read with a registry’s header or without, and no registry is asked', async () => {
    const values = [text, framed(7, text), glue(0, text), glue(5, deflateSync(text)), Buffer.from(' 1 ')];
    const data = { kind: 'data', data: { a: [1, 'ü'] } };
    expect(await jsonValues.decode(values, 0)).toEqual([data, data, data, data, { kind: 'data', data: 1 }]);
  });

  it.each([
    ['no JSON', Buffer.from('{"a":'), /not JSON in UTF-8$/],
    ['no UTF-8', Uint8Array.of(0x22, 0xc3, 0x28, 0x22), /not JSON in UTF-8$/],
    ['nothing', new Uint8Array(), /not JSON in UTF-8$/],
    ['Avro behind a header', framed(42, Buffer.from('canary')), /of schema 42, .*contract's format/],
    ['a header and nothing', framed(42, new Uint8Array()), /of schema 42/],
    ['not compressed, though its header says so', glue(5, text), /cannot be decompressed/],
  ])('are refused where they are %s', async (_, value, message) => {
    const [answer] = await jsonValues.decode([value], 0);
    expect(answer).toMatchObject({
      kind: 'refused',
      reason: 'not-json',
      message: expect.stringMatching(message),
    });
    expect(JSON.stringify(answer)).not.toContain('canary');
  });

  it('are refused where they unpack to more than an invocation carries', async () => {
    const bomb = glue(5, deflateSync(`${' '.repeat(9_000_000)}1`));
    expect(bomb.length).toBeLessThan(20_000);
    expect(await jsonValues.decode([bomb], 0)).toMatchObject([{ kind: 'refused' }]);
  });
});

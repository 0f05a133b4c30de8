import { describe, expect, it } from 'vitest';
import { registryValues, type SchemaLibrary } from '../../../../lib/adapters/wire/registry-values.ts';
import type { CompleteSchema, SchemaRegistry } from '../../../../lib/adapters/wire/registry.ts';
import { PermanentRecordError, TransientError } from '../../../../lib/core/errors.ts';
import { framed } from '../../../support/fake-registry.ts';

const schemaOf = (id: number): CompleteSchema => ({ id, type: 'TEXT', text: `${id}`, references: [] });

/** Answers when it is let; what it was asked for, in order. */
class GatedRegistry implements SchemaRegistry {
  readonly asked: number[] = [];
  readonly signals: AbortSignal[] = [];
  answer: (id: number) => CompleteSchema | Promise<CompleteSchema> = schemaOf;
  open = 0;
  atOnce = 0;

  async schema(id: number, signal: AbortSignal): Promise<CompleteSchema> {
    this.asked.push(id);
    this.signals.push(signal);
    this.open += 1;
    this.atOnce = Math.max(this.atOnce, this.open);
    try {
      return await this.answer(id);
    } finally {
      this.open -= 1;
    }
  }
}

/** Reads bytes as text, and counts what it compiles. */
class TextLibrary implements SchemaLibrary {
  readonly schemaType = 'TEXT';
  readonly compiled: number[] = [];

  compile({ id }: CompleteSchema): (payload: Uint8Array) => unknown {
    this.compiled.push(id);
    if (id === 13) throw new Error(`unlucky: ${'x'.repeat(1_000)}`);
    return (payload) => {
      const text = Buffer.from(payload).toString();
      if (text === 'bad') throw new PermanentRecordError('VALUE_UNDECODABLE', { message: 'they are bad' });
      if (text === 'canary') throw new Error(`cannot read ${text}`);
      return { id, text };
    };
  }
}

const bench = () => {
  const registry = new GatedRegistry();
  const library = new TextLibrary();
  return { registry, library, values: registryValues(registry, library) };
};

const value = (id: number, text = 'a'): Uint8Array => framed(id, Buffer.from(text));
const data = (id: number, text = 'a') => ({ kind: 'data', data: { id, text } });
const plenty = 10_000;

describe('values of a registry’s schemas', () => {
  it('are answered in their order, and each schema is asked for once, side by side', async () => {
    const { registry, library, values } = bench();
    const ids = [3, 1, 3, 2, 1];
    expect(
      await values.decode(
        ids.map((id) => value(id)),
        plenty,
      ),
    ).toEqual(ids.map((id) => data(id)));
    expect(registry.asked).toEqual([3, 1, 2]);
    expect(registry.atOnce).toBe(3);
    expect(library.compiled).toEqual([3, 1, 2]);
  });

  it('are not asked for again: an id never means another schema', async () => {
    const { registry, library, values } = bench();
    await values.decode([value(1)], plenty);
    expect(await values.decode([value(1, 'b')], plenty)).toEqual([data(1, 'b')]);
    expect(registry.asked).toEqual([1]);
    expect(library.compiled).toEqual([1]);
  });

  it('wait for a lookup that is under way', async () => {
    const { registry, values } = bench();
    const { promise, resolve } = Promise.withResolvers<CompleteSchema>();
    registry.answer = () => promise;
    const both = Promise.all([values.decode([value(1)], plenty), values.decode([value(1)], plenty)]);
    resolve(schemaOf(1));
    expect(await both).toEqual([[data(1)], [data(1)]]);
    expect(registry.asked).toEqual([1]);
  });

  it('that name schemas at random do not open a connection each', async () => {
    const { registry, values } = bench();
    registry.answer = async (id) => {
      await new Promise(setImmediate);
      throw new PermanentRecordError('UNKNOWN_SCHEMA', { message: `no ${id}` });
    };
    const many = Array.from({ length: 500 }, (_, id) => value(id));
    expect(new Set((await values.decode(many, plenty)).map(({ kind }) => kind))).toEqual(
      new Set(['refused']),
    );
    expect(registry.asked).toHaveLength(500);
    expect(registry.atOnce).toBe(16);
  });

  it('use the schemas that were used latest, where there are more than are kept', async () => {
    const { registry, values } = bench();
    const ids = Array.from({ length: 500 }, (_, index) => index + 100);
    await values.decode(
      ids.map((id) => value(id)),
      plenty,
    );
    await values.decode([value(100)], plenty);
    await values.decode([value(1)], plenty);
    registry.asked.length = 0;
    await values.decode([value(100), value(101)], plenty);
    expect(registry.asked).toEqual([101]);
  });

  it('that come without a header are JSON: the mapping decoded them, or the player wrote them', async () => {
    const { registry, values } = bench();
    expect(await values.decode([Buffer.from('{"a":1}'), value(1)], plenty)).toEqual([
      { kind: 'data', data: { a: 1 } },
      data(1),
    ]);
    expect(registry.asked).toEqual([1]);
  });
});

describe('values that can never be decoded', () => {
  const refused = (reason: string, message: string) => ({
    kind: 'refused',
    reason,
    message: expect.stringContaining(message),
  });

  it('have an unknown schema, which is asked for again by the next batch', async () => {
    const { registry, values } = bench();
    registry.answer = () => {
      throw new PermanentRecordError('UNKNOWN_SCHEMA', { message: 'there is no such schema' });
    };
    expect(await values.decode([value(1)], plenty)).toEqual([refused('unknown-schema', 'no such schema')]);
    registry.answer = schemaOf;
    expect(await values.decode([value(1)], plenty)).toEqual([data(1)]);
  });

  it.each([
    ['bytes of another schema', value(1, 'bad'), 'the bytes are not of schema 1: they are bad'],
    ['bytes that a library quotes', value(1, 'canary'), 'the bytes are not of schema 1'],
    ['a schema that the library cannot use', value(13), 'schema 13 cannot be used: unlucky: xxx'],
    ['no header, and no JSON', Buffer.from('canary'), "no schema registry's header"],
  ])('have %s', async (_, each, message) => {
    const [answer] = await bench().values.decode([each], plenty);
    expect(answer).toEqual(refused('undecodable', message));
    const text = JSON.stringify(answer);
    expect(text).not.toContain('canary');
    expect(text.length).toBeLessThan(500);
  });

  it('have a schema of another type', async () => {
    const { registry, values } = bench();
    registry.answer = (id) => ({ ...schemaOf(id), type: 'JSON' });
    expect(await values.decode([value(4)], plenty)).toEqual([
      refused('undecodable', "schema 4 is of type JSON, and the contract's format needs TEXT"),
    ]);
  });

  it('have a schema of AWS Glue, which has another API', async () => {
    const glue = Buffer.concat([Uint8Array.of(3, 0), Buffer.alloc(16, 1), Buffer.from('a')]);
    expect(await bench().values.decode([glue], plenty)).toEqual([
      refused('unknown-schema', '01010101-0101-0101-0101-010101010101 of AWS Glue'),
    ]);
  });

  it('have a schema, and there is no registry', async () => {
    const values = registryValues(undefined, new TextLibrary());
    expect(await values.decode([value(1), Buffer.from('1')], plenty)).toEqual([
      refused('unknown-schema', 'FRESHET_REGISTRY is "none"'),
      { kind: 'data', data: 1 },
    ]);
  });
});

describe('values that cannot be decoded now', () => {
  it('hold up no other, and are asked for again', async () => {
    const { registry, values } = bench();
    registry.answer = (id) => {
      if (id === 2) throw new TransientError('REGISTRY_UNAVAILABLE', { message: 'it is down' });
      return schemaOf(id);
    };
    const down = { kind: 'unavailable', message: 'it is down' };
    expect(await values.decode([value(1), value(2), value(1)], plenty)).toEqual([data(1), down, data(1)]);
    registry.answer = schemaOf;
    expect(await values.decode([value(2)], plenty)).toEqual([data(2)]);
  });

  it('are those whose registry fails in a way that nobody foresaw', async () => {
    const { registry, values } = bench();
    registry.answer = () => {
      throw new RangeError('odd');
    };
    expect(await values.decode([value(1)], plenty)).toEqual([{ kind: 'unavailable', message: 'odd' }]);
  });

  it('are those for whose schema no time is left, unless it is known', async () => {
    const { registry, values } = bench();
    await values.decode([value(1)], plenty);
    registry.answer = () =>
      new Promise((_, reject) => {
        registry.signals.at(-1)?.addEventListener('abort', () => reject(new Error('aborted')));
      });
    const slow = Array.from({ length: 40 }, (_, index) => value(index + 2));
    const answers = await values.decode([value(1), ...slow], 20);
    expect(answers[0]).toEqual(data(1));
    expect(new Set(answers.slice(1).map(({ kind }) => kind))).toEqual(new Set(['unavailable']));
    // The first of them took all the time that there was for all of them.
    expect(registry.asked).toHaveLength(1 + 16);
  });

  it('are not waited for beyond the time there is', async () => {
    const { registry, values } = bench();
    registry.answer = () =>
      new Promise((_, reject) => {
        registry.signals[0]?.addEventListener('abort', () =>
          reject(new TransientError('REGISTRY_UNAVAILABLE', { message: 'aborted' })),
        );
      });
    expect(await values.decode([value(1)], 20)).toEqual([{ kind: 'unavailable', message: 'aborted' }]);
  });
});

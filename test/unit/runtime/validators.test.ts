import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import type { Validator } from '../../../lib/core/ports/stage-ports.ts';
import { validatorsOf } from '../../../lib/runtime/validators.ts';
import { tinyContract } from '../../support/tiny-contract.ts';

const reading = (): Validator => {
  const validator = validatorsOf(tinyContract()).source['read'];
  if (!validator) throw new Error('no validator for read');
  return validator;
};
const good = { sensor: 's-1', at: '2026-01-01T00:00:00Z', value: 1.5 };

describe('validatorsOf', () => {
  it('finds nothing wrong with what is right', () => {
    expect(reading()(good)).toEqual([]);
    expect(reading()({ ...good, value: null, tags: { a: 1 }, trail: [{ step: 1 }] })).toEqual([]);
  });

  it('has one for every schema of the contract', () => {
    const { source, context, row, vector, decision } = validatorsOf(tinyContract());
    expect(Object.keys(source)).toEqual(['read', 'moved']);
    expect(Object.keys(context['climate'] ?? {})).toEqual(['read']);
    expect(row({ count: 1.5 })).toEqual([{ pointer: '/count', message: 'must be integer' }]);
    expect(vector({})).toEqual([{ pointer: '', message: "must have required property 'mean'" }]);
    expect(decision({ warn: 'yes' })).toEqual([{ pointer: '/warn', message: 'must be boolean' }]);
  });

  it('coerces nothing and fills in nothing', () => {
    const value = { ...good, value: '1.5' };
    expect(reading()(value)).not.toEqual([]);
    expect(value).toEqual({ ...good, value: '1.5' });
  });

  it('heeds formats and limits', () => {
    expect(reading()({ ...good, at: 'yesterday' })).toEqual([
      { pointer: '/at', message: 'must match format "date-time"' },
    ]);
    expect(reading()({ ...good, trail: Array.from({ length: 5 }, () => ({ step: 1 })) })).toEqual([
      { pointer: '/trail', message: 'must NOT have more than 4 items' },
    ]);
  });

  it('reports all issues, up to 16', () => {
    expect(reading()({})).toHaveLength(3);
    expect(reading()({ ...good, trail: Array.from({ length: 40 }, () => ({})) })).toHaveLength(16);
  });

  it('never says what a value was, nor a member name that comes from the data', () => {
    const issues = reading()({
      sensor: 'SECRET-1-too-long',
      at: 'SECRET-2',
      value: 'SECRET-3',
      tags: { 'SECRET-4': 'SECRET-5', '4711': 'x' },
      trail: [{ step: 'SECRET-6' }],
      'SECRET-7': 1,
    });
    expect(issues.map(({ pointer }) => pointer)).toEqual(
      expect.arrayContaining(['', '/sensor', '/at', '/value', '/tags/*', '/trail/0/step']) as string[],
    );
    expect(JSON.stringify(issues)).not.toMatch(/SECRET|4711/);
  });

  it.each([
    ['of a format that nobody knows', Type.String({ format: 'no-such-format' })],
    ['that is no JSON Schema', Type.String({ minLength: -1 })],
    ['with a keyword that nobody knows', Type.String({ longest: 3 })],
  ])('refuses a schema %s, naming it', (_, at) => {
    const contract = tinyContract();
    const broken = { ...contract.features, row: Type.Object({ at }) };
    expect(() => validatorsOf({ ...contract, features: broken })).toThrow(
      expect.objectContaining({
        code: 'CONTRACT_INVALID',
        message: expect.stringContaining('features.row') as string,
      }),
    );
  });
});

import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { partsOfTold, placeOf, toldOf } from '../../../lib/core/thrown-at.ts';

/** An error whose stack is written as Node writes it. */
const thrownFrom = (message: string, frames: readonly string[]): Error =>
  Object.assign(new Error(message), {
    stack: [`Error: ${message}`, ...frames.map((frame) => `    at ${frame}`)].join('\n'),
  });

const root = process.cwd();

describe('the place of what was thrown', () => {
  it('is a line of the code that threw it, from the root of the project', () => {
    let caught: unknown;
    try {
      JSON.parse('{');
    } catch (thrown) {
      caught = thrown;
    }
    expect(placeOf(caught)).toMatch(/^test\/unit\/core\/thrown-at\.test\.ts:\d+:\d+$/);
  });

  it.each([
    ['of a function', `fold (${root}/functions/x/features.ts:12:5)`, 'functions/x/features.ts:12:5'],
    ['of an async one', `async infer (${root}/functions/x/model.ts:1:2)`, 'functions/x/model.ts:1:2'],
    ['without a name', `${root}/functions/x/features.ts:3:4`, 'functions/x/features.ts:3:4'],
    ['as a URL', `fold (file://${root}/functions/x/features.ts:3:4)`, 'functions/x/features.ts:3:4'],
    [
      'beside the project',
      `fold (${root}-other/features.ts:3:4)`,
      `../${basename(root)}-other/features.ts:3:4`,
    ],
    ['of an async module', `async file://${root}/functions/x/contract.ts:3:4`, 'functions/x/contract.ts:3:4'],
    ['on another drive', String.raw`fold (D:\x\features.ts:3:4)`, 'D:/x/features.ts:3:4'],
  ])('%s', (_, frame, expected) => {
    expect(placeOf(thrownFrom('broke', [frame]))).toBe(expected);
  });

  it('is passed over in the engine, in libraries and in Node', () => {
    const frames = [
      'JSON.parse (<anonymous>)',
      'check (node:internal/assert:1:1)',
      `parse (${root}/node_modules/some/index.js:1:1)`,
      `digestOf (${root}/lib/core/digest.ts:9:9)`,
      `fold (${root}/functions/x/features.ts:12:5)`,
      `fold (${root}/functions/x/other.ts:1:1)`,
    ];
    expect(placeOf(thrownFrom('broke', frames))).toBe('functions/x/features.ts:12:5');
    expect(placeOf(thrownFrom('broke', frames.slice(0, 4)))).toBeUndefined();
  });

  it('is never a line of the message', () => {
    expect(placeOf(thrownFrom('two\n    at x (/a.ts:1:1)', []))).toBeUndefined();
  });

  it('is unknown where something else than an error was thrown', () => {
    expect([placeOf('text'), placeOf(undefined)]).toEqual([undefined, undefined]);
  });
});

describe('what is told of it', () => {
  it('is the message and the place, and can be read again', () => {
    const told = toldOf(thrownFrom('got (1)', [`fold (${root}/functions/x/features.ts:12:5)`]));
    expect(told).toBe('got (1) (functions/x/features.ts:12:5)');
    expect(partsOfTold(told)).toEqual({
      message: 'got (1)',
      at: { file: 'functions/x/features.ts', line: 12, column: 5 },
    });
  });

  it('is the message alone where no place is known', () => {
    expect(toldOf('text')).toBe('text');
    expect(partsOfTold('text (of three words)')).toEqual({ message: 'text (of three words)', at: undefined });
  });

  it('has its place however long the message is', () => {
    const told = toldOf(thrownFrom('x'.repeat(5_000), [`fold (${root}/functions/x/features.ts:12:5)`]));
    expect(told).toMatch(/…\[cut, 5000 characters\] \(functions\/x\/features\.ts:12:5\)$/);
    expect(told.length).toBeLessThan(2_000);
  });
});

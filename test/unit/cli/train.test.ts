import { join } from 'node:path';
import { expect, it } from 'vitest';
import { program } from '../../../lib/cli/commands.ts';
import { run } from '../../../lib/cli/program.ts';
import { commandContext, fakeTerminal, type FakeTerminal } from '../../support/fake-terminal.ts';
import { temporaryFolder } from '../../support/folder.ts';

/** `freshet train` of a pipeline whose training ends with this statement. */
const trained = async (
  end: string,
  ...argv: readonly string[]
): Promise<FakeTerminal['written'] & { code: number }> => {
  const orders = join(import.meta.dirname, '../../fixtures/orders');
  const root = temporaryFolder({
    'functions/orders/contract.ts': `export { contract } from '${orders}/contract.ts';`,
    ...Object.fromEntries(
      ['features', 'inference', 'action'].map((name) => [`functions/orders/${name}.ts`, '']),
    ),
    'functions/orders/train.ts': `export const train = async ({ root, print }) => { print('it is good'); ${end} };`,
  });
  const terminal = fakeTerminal();
  const code = await run({ ...program, version: '0' }, ['train', ...argv], commandContext(terminal, root));
  return { code, ...terminal.written };
};

const returning = `return {
  model: { id: 'suspicion', version: '1.0.0', metrics: { auc: 0.7, precision: 0.5, recall: 0.2 } },
  modelFile: root + '/functions/orders/model.json',
};`;

it('says what the training says', async () => {
  expect(await trained(returning)).toEqual({ code: 0, out: 'it is good\n', err: '' });
});

it.each(['json', 'ndjson'])('prints its figures, and where the model is, as %s', async (format) => {
  const { code, out, err } = await trained(returning, '--output', format);
  expect({ code, err }).toEqual({ code: 0, err: 'it is good\n' });
  expect(JSON.parse(out)).toEqual({
    pipeline: 'orders',
    model: 'suspicion',
    version: '1.0.0',
    modelFile: 'functions/orders/model.json',
    metrics: { auc: 0.7, precision: 0.5, recall: 0.2 },
  });
  expect(out.trimEnd().includes('\n')).toBe(format === 'json');
});

it.each(['', 'return { model: 7 };', "return { modelFile: 'x', model: {} };"])(
  'has no figures of a training that ends with %j',
  async (end) => {
    const { code, out } = await trained(end, '--output', 'json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ pipeline: 'orders', modelFile: null, metrics: null });
  },
);

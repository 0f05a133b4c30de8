import { CfnParameter } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { avro, protobuf, type WireFormat } from '../../lib/core/contract/formats.ts';
import type { ResolvedContract } from '../../lib/core/contract/resolved.ts';
import { configErrorOf } from '../support/config-error.ts';
import { tinyContract } from '../support/tiny-contract.ts';
import { plain, stackOf, stagesOf, templateOf } from './synthesized.ts';

const contractWith = (source: Partial<Record<'source' | 'climate', WireFormat>>): ResolvedContract => {
  const contract = tinyContract();
  const { climate } = contract.context;
  if (!climate) throw new Error('the tiny contract has a context');
  return {
    ...contract,
    source: { ...contract.source, format: source.source ?? contract.source.format },
    context: {
      climate: { ...climate, source: { ...climate.source, format: source.climate ?? climate.source.format } },
    },
  };
};

/** By stage, what stands in `FRESHET_REGISTRY`. */
const registriesOf = (
  contract: ResolvedContract,
  props: Parameters<typeof templateOf>[1],
): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    stagesOf(contract, templateOf(contract, props)).map(({ wiring, variables }) => [
      wiring.name,
      plain(variables['FRESHET_REGISTRY']),
    ]),
  );

const registry = 'https://registry.example.com';
const nowhere = {
  'context-climate': undefined,
  features: undefined,
  inference: undefined,
  action: undefined,
};

export const registrySuite = (): void => {
  describe('a schema registry', () => {
    it('is told to the functions that ask for it, and to no other', () => {
      const avroSource = contractWith({ source: avro() });
      expect(registriesOf(avroSource, { registry })).toEqual({ ...nowhere, features: registry });
      const protobufContext = contractWith({ climate: protobuf() });
      expect(registriesOf(protobufContext, { registry: 'none' })).toEqual({
        ...nowhere,
        'context-climate': 'none',
      });
      expect(registriesOf(tinyContract(), { registry })).toEqual(nowhere);
    });

    it('may be known only at deployment', () => {
      const contract = contractWith({ source: avro() });
      const props: Parameters<typeof templateOf>[1] = (stack) => ({
        registry: new CfnParameter(stack, 'Registry').valueAsString,
      });
      expect(registriesOf(contract, props)['features']).toBe('${Registry}');
    });

    it('is required where the contract asks for one, and names its topics', () => {
      const contract = contractWith({ source: avro(), climate: protobuf() });
      const { problems } = configErrorOf(() => stackOf(contract));
      expect(problems).toMatchObject([
        {
          path: 'registry',
          got: 'nothing',
          expected: expect.stringContaining('test.plant.climate.read, test.plant.sensor.read'),
        },
      ]);
      expect(() => stackOf(tinyContract())).not.toThrow();
    });

    it.each([
      [
        'credentials, for templates are read by many',
        'https://user:canary@registry.example.com',
        'credentials',
      ],
      ['no address', 'canary', 'no address'],
      ['another scheme', 'ftp://canary', 'no address'],
    ])('is refused with %s', (_, text, got) => {
      const { problems, message } = configErrorOf(() =>
        stackOf(contractWith({ source: avro() }), { registry: text }),
      );
      expect(problems).toMatchObject([{ path: 'registry', got: expect.stringContaining(got) }]);
      expect(message).not.toContain('canary');
    });
  });
};

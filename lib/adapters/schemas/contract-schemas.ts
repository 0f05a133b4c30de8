import type { TSchema } from 'typebox';
import type { ResolvedContract } from '../../core/contract/resolved.ts';
import type { Validator, Validators } from '../../core/ports/stage-ports.ts';

const mapValues = <Value, Mapped>(
  values: Readonly<Record<string, Value>>,
  map: (value: Value, name: string) => Mapped,
): Readonly<Record<string, Mapped>> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(value, name)]));

/**
 * The validators of a contract, one for each of its schemas, made by `validatorFor`.
 * Every way of compiling goes through here, so that none can forget a schema.
 */
export const validatorsFrom = (
  contract: ResolvedContract,
  validatorFor: (schema: TSchema, path: string) => Validator,
): Validators => ({
  source: mapValues(contract.source.events, (schema, type) => validatorFor(schema, `source.events.${type}`)),
  context: mapValues(contract.context, ({ source }, name) =>
    mapValues(source.events, (schema, type) => validatorFor(schema, `context.${name}.events.${type}`)),
  ),
  row: validatorFor(contract.features.row, 'features.row'),
  vector: validatorFor(contract.features.output, 'features.output'),
  decision: validatorFor(contract.inference.output, 'inference.output'),
});

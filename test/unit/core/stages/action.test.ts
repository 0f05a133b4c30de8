import { describe, expect, it } from 'vitest';
import { atMostOnce } from '../../../../lib/core/contract/policies.ts';
import { defineTrigger } from '../../../../lib/core/contract/trigger.ts';
import { defineAction, type TransportDefinition } from '../../../../lib/core/stages/action.ts';
import { configErrorOf } from '../../../support/config-error.ts';
import { validOptions } from '../../../support/trigger-options.ts';

const bell = (keyed: boolean): TransportDefinition<object, boolean, 'BELL_URL'> => ({
  transport: 'bell',
  keyed,
  params: [{ kind: 'param', name: 'BELL_URL' }],
  open: () => ({ send: async () => ({ kind: 'done', evidence: 'rang' }) }),
});

const keyedContract = defineTrigger(validOptions);
const atMostOnceContract = defineTrigger({
  ...validOptions,
  action: { ...validOptions.action, effect: atMostOnce() },
});

/** As plain JavaScript would: the transport's type says that it is keyed, whatever it is. */
const unchecked = (keyed: boolean): TransportDefinition<object, true, 'BELL_URL'> =>
  bell(keyed) as TransportDefinition<object, true, 'BELL_URL'>;

describe('defineAction', () => {
  it('refuses a keyed effect through a transport without a key', () => {
    const define = (): unknown => defineAction(keyedContract, { request: () => ({}), via: unchecked(false) });
    const error = configErrorOf(define);
    expect(error.code).toBe('CONTRACT_INVALID');
    expect(error.problems).toMatchObject([{ path: 'action.effect' }]);
    expect(error.problems[0]?.got).toContain('"bell"');
    expect(error.message).toContain("keyHeader: 'Idempotency-Key'");
  });

  it('takes a keyed effect through one that carries it', () => {
    const action = defineAction(keyedContract, { request: () => ({}), via: unchecked(true) });
    expect(action.contract).toBe(keyedContract.resolved);
    expect(action.via.params.map(({ name }) => name)).toEqual(['BELL_URL']);
  });

  it('asks for no key where the effect is at-most-once', () => {
    const action = defineAction(atMostOnceContract, { request: () => ({}), via: bell(false) });
    expect(action.via.keyed).toBe(false);
  });
});

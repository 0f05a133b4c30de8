import { expect, it } from 'vitest';
import { MappingRegistry } from '../../../../lib/local/event-source/registry.ts';

it('refuses a second mapping on a group until the first is gone', () => {
  const registry = new MappingRegistry();
  registry.claim({ group: 'billing', uuid: 'one' });
  registry.claim({ group: 'other', uuid: 'three' });
  expect(() => registry.claim({ group: 'billing', uuid: 'two' })).toThrow(
    expect.objectContaining({ code: 'GROUP_IN_USE', message: expect.stringContaining('mapping one') }),
  );
  registry.release({ group: 'billing', uuid: 'two' });
  expect(() => registry.claim({ group: 'billing', uuid: 'two' })).toThrow(/mapping one/);
  registry.release({ group: 'billing', uuid: 'one' });
  registry.claim({ group: 'billing', uuid: 'two' });
});

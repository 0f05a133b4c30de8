import { expect, it } from 'vitest';
import { askRoles, left } from '../../../lib/cli/new/questions.ts';
import type { Terminal } from '../../../lib/cli/terminal.ts';
import { judgeRoles, type WantedRoles } from '../../../lib/new/roles.ts';
import { fakeTerminal } from '../../support/fake-terminal.ts';
import { sampleLines, shapeOfLines } from '../../support/sample-lines.ts';

/** What is offered for each role, and what comes of it where the one of `chosen` is taken, else the first. */
const asked = async (event: object, chosen: WantedRoles = {}, given: WantedRoles = {}) => {
  const lines = sampleLines(event);
  const offered: Record<string, readonly string[]> = {};
  const terminal: Terminal = {
    ...fakeTerminal(),
    choose: async (question, words) => {
      const role = question.split(':')[0]?.toLowerCase() ?? '';
      offered[role] = words.map(({ word }) => word);
      return chosen[role as keyof WantedRoles] ?? words[0]?.word;
    },
  };
  const roles = await askRoles(judgeRoles(shapeOfLines(lines), lines, given), given, terminal);
  if (roles === left) throw new Error('left');
  return { offered, roles: judgeRoles(shapeOfLines(lines), lines, roles).roles };
};

const at = '2026-01-05T08:00:00Z';

it('offers for the value neither the key nor the identity, chosen or found', async () => {
  const event = { id: 1, machine: 7, line: 3, at, rpm: 1450.5, volts: 3.5 };
  expect((await asked(event)).offered).toEqual({
    key: ['machine', 'line'],
    value: ['rpm', 'volts', 'line'],
  });
  const { offered, roles } = await asked(event, { key: 'line' });
  expect(offered['value']).toEqual(['rpm', 'volts', 'machine']);
  expect(roles).toEqual({ key: 'line', time: 'at', value: ['rpm'], id: 'id' });
});

it('takes for the best guess what is still free', async () => {
  const { offered, roles } = await asked({ room: 'a', n: 7, m: 3, at }, { key: 'n' });
  expect(offered).toEqual({ key: ['room', 'n', 'm'] });
  expect(roles).toEqual({ key: 'n', time: 'at', value: ['m'], id: undefined });
});

it('offers nothing that was named for something else', async () => {
  const event = { id: 1, machine: 7, line: 3, room: 'a', floor: 'b', at };
  const { offered } = await asked(event, {}, { id: 'machine', value: 'line' });
  expect(offered).toEqual({ key: ['room', 'floor'] });
});

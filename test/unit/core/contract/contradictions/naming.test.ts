import { describe } from 'vitest';
import { existingTopic, topic } from '../../../../../lib/core/contract/topics.ts';
import { itAllows, itRefuses, Opened } from '../../../../support/contradictions.ts';
import { fullOptions, validOptions } from '../../../../support/trigger-options.ts';

const created = (name: string): unknown =>
  topic(name, { key: 'door', time: 'at', events: { opened: Opened } });
const existing = (name: string): unknown =>
  existingTopic(name, { key: 'door', time: 'at', events: { opened: Opened } });

describe('a contract is refused for', () => {
  itRefuses(validOptions, [
    ['a pipeline that is not kebab-case', 'pipeline', 'DoorWatch', 'pipeline', '"DoorWatch"'],
    ['a pipeline of 64 characters', 'pipeline', 'a'.repeat(64), 'pipeline'],
    ['a version that is not semantic', 'version', '1.2', 'version', '"1.2"'],
    ['a version with a leading zero', 'version', '01.2.0', 'version'],
    ['an owner of blanks', 'owner', '  ', 'owner'],
    ['a created topic of two parts', 'source', created('building.door'), 'source.name', '"building.door"'],
    ['a created topic of four parts', 'source', created('prod.building.door.opened'), 'source.name'],
    ['a created topic in capitals', 'source', created('Building.door.opened'), 'source.name'],
    ['a created topic too long for its letters', 'source', created(`a.b.${'c'.repeat(209)}`), 'source.name'],
    ['an existing topic that Kafka refuses', 'source', existing('orders v2'), 'source.name', '"orders v2"'],
    ['an existing topic without a name', 'source', existing(''), 'source.name'],
    ['an existing topic named ..', 'source', existing('..'), 'source.name'],
    ['an existing topic too long', 'source', existing('a'.repeat(246)), 'source.name', '246'],
    ['its own output as source', 'source', created('building.door-watch.decision'), 'source.name'],
    ['a colon in a group id', 'action.mapping', { group: 'a:b' }, 'action.mapping.group', '"a:b"'],
    ['a blank in a group id', 'action.mapping', { group: 'a b' }, 'action.mapping.group'],
    ['an empty group id', 'action.mapping', { group: '' }, 'action.mapping.group'],
    ['a group id too long', 'action.mapping', { group: 'a'.repeat(201) }, 'action.mapping.group', '201'],
    [
      'one group for two stages',
      'inference.mapping',
      { group: 'door-watch.features' },
      'inference.mapping.group',
      'features',
    ],
  ]);

  itRefuses(fullOptions, [
    [
      'a name of no context',
      'context',
      { The_Schedule: fullOptions.context.schedule },
      'context.The_Schedule',
    ],
    [
      'a created context topic of one part',
      'context.schedule.source.name',
      'schedule',
      'context.schedule.source.name',
    ],
    [
      'the group of a stage for a context',
      'context.schedule.mapping',
      { group: 'door-watch.action' },
      'action.mapping.group',
      'context.schedule',
    ],
  ]);
});

describe('the bounds themselves are allowed', () => {
  itAllows(validOptions, [
    ['a pipeline of 63 characters', 'pipeline', 'a'.repeat(63)],
    ['a version with a pre-release and a build', 'version', '1.0.0-rc.1+5'],
    ['a short created topic with digits', 'source', created('a1.b-2.c')],
    ['an existing topic of 245 characters', 'source', existing('A_b-c.d'.padEnd(245, 'x'))],
    ['a group of 167 characters', 'action.mapping', { group: 'a'.repeat(167) }],
    ['the longest created topic', 'source', created(`a.b.${'c'.repeat(208)}`)],
  ]);
});

import { recordFormat } from '../record-view.ts';
import { choice, choiceOrNone, flag, text, textOr } from '../option.ts';

export const newOptions = {
  fromSample: text('file', 'events as JSON lines, from which the schema is inferred (default: an example)'),
  key: text('member', 'of the sample: what an event is about, which is the Kafka key'),
  time: text('member', 'of the sample: when it happened'),
  value: text('member', 'of the sample: the number that is watched; a.b for one inside another'),
  id: text('member', 'of the sample: what tells events apart'),
  mixed: choice(['refuse', 'union'], 'what becomes of members with values of several kinds'),
  features: choiceOrNone(
    ['stateful', 'stateless'],
    'whether a row is kept for each entity (default: stateful)',
  ),
  model: choiceOrNone(['bundled', 'hosted'], 'where the model is (default: bundled)'),
  effect: choiceOrNone(['keyed', 'at-most-once'], 'what an effect promises (default: keyed)'),
  functions: textOr('folder', 'where the pipelines are', 'functions'),
  output: recordFormat,
  yes: flag('ask nothing: take what is found, and the defaults'),
};

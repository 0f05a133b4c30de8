import { parseInstant, toIso } from '../core/units.ts';
import { letterName, type Letter } from '../ops/letters/letter.ts';
import { invalidOption, parsed, text } from './option.ts';

const instant = (description: string) =>
  parsed('instant', description, (value, flag) => {
    const at = parseInstant(value);
    if (at === undefined)
      throw invalidOption(
        flag,
        value,
        'an RFC 3339 time with a zone',
        `write ${flag} 2026-01-05T08:00:00Z, for example`,
      );
    return at;
  });

/** Which letters. */
export const letterFilterOptions = {
  stage: text('stage', 'only those of a stage, such as action or context-weather'),
  reason: text('reason', 'only those with this reason, such as schema'),
  since: instant('only those written at this time or later'),
  until: instant('only those written before this time'),
};

/** A letter as lists show it: nothing of its payload. */
export const letterRow = (letter: Letter) => ({
  letter: letterName(letter),
  place: letter.place,
  reason: letter.reason,
  message: letter.message,
  writtenBy: letter.writer,
  writtenAt: toIso(letter.writtenAt),
  topic: letter.record.topic,
  partition: letter.record.partition,
  offset: letter.record.offset,
  redrive: letter.redrive,
  truncatedBytes: letter.truncatedBytes,
  id: letter.id,
});

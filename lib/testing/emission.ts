import { ceHeader } from '../core/envelope.ts';
import { lastHeader, strictTextOf, textOf, type OutputRecord } from '../core/record.ts';

/** A record that a stage wrote: hand it to the next stage, or look at what it carries. */
export class Emission {
  readonly data: unknown;
  /** Identity of the output: the same for every emission of it. */
  readonly id: string;
  readonly key: string;
  /** What is wrong with what it was made from, such as `weather:missing`. */
  readonly flags: readonly string[];
  readonly record: OutputRecord;

  constructor(record: OutputRecord) {
    this.record = record;
    this.data = JSON.parse(textOf(record.value ?? new Uint8Array())) as unknown;
    this.id = ceHeader(record.headers, 'id') ?? '';
    this.key = record.key === null ? '' : textOf(record.key);
    this.flags = (ceHeader(record.headers, 'flags') ?? '').split(',').filter((flag) => flag !== '');
  }
}

/** A dead letter, as a test looks at it. */
export interface GivenLetter {
  readonly stage: string;
  readonly reason: string;
  readonly message: string;
  /** Key of the record. */
  readonly key: string | null;
  /** Its value, as text. */
  readonly value: string | null;
}

export const letterIdOf = (record: OutputRecord): string | undefined =>
  headerText(record, 'freshet.letter.id');

const headerText = ({ headers }: OutputRecord, name: string): string | undefined => {
  const value = lastHeader(headers, name);
  return value === undefined ? undefined : textOf(value);
};

export const letterOf = (record: OutputRecord): GivenLetter => ({
  stage: headerText(record, '__connect.errors.stage') ?? '',
  reason: headerText(record, 'freshet.reason') ?? '',
  message: headerText(record, '__connect.errors.exception.message') ?? '',
  key: record.key === null ? null : (strictTextOf(record.key) ?? null),
  value: record.value === null ? null : (strictTextOf(record.value) ?? null),
});

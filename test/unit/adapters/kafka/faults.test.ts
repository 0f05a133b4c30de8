import { describe, expect, it } from 'vitest';
import { KafkaFault, logUnavailable, notLetIn } from '../../../../lib/adapters/kafka/faults.ts';
import { ConfigError, TransientError } from '../../../../lib/core/errors.ts';

describe('what a port of the log rejects with', () => {
  it('says what was got, what was expected and how to mend it', () => {
    const fault = new KafkaFault('no answer of b:9092 to Metadata', { canRetry: true });
    expect(logUnavailable('the topics', fault)).toMatchObject({
      code: 'LOG_UNAVAILABLE',
      cause: fault,
      message: expect.stringMatching(
        /got no answer of b:9092 .*expected the topics\. Fix: see that the brokers run/,
      ),
    });
  });

  it.each([
    new ConfigError('AUTHENTICATION_REFUSED', { message: 'wrong password' }),
    new TransientError('CREDENTIALS_UNAVAILABLE', { message: 'no secret' }),
  ])('is what explains why no connection was let in: %s', (explained) => {
    const fault = notLetIn('b:9092', explained);
    expect(fault).toMatchObject({ canRetry: false, code: undefined });
    expect(logUnavailable('the topics', fault)).toBe(explained);
  });
});

import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openAuthenticated } from '../../../../lib/adapters/kafka/authenticated.ts';
import { openStageLog, type StageLog } from '../../../../lib/adapters/kafka/stage-log.ts';
import { KafkaProducer } from '../../../../lib/adapters/kafka/producer.ts';
import { systemClock } from '../../../../lib/adapters/system.ts';
import { TransientError } from '../../../../lib/core/errors.ts';
import { bytesOf, type OutputRecord } from '../../../../lib/core/record.ts';
import { epochMsOf, type EpochMs } from '../../../../lib/core/units.ts';
import { FakeKafka } from '../../../support/fake-kafka.ts';
import { SilentServer } from '../../../support/silent-server.ts';

const record: OutputRecord = { topic: 'orders', key: bytesOf('k'), value: bytesOf('v'), headers: [] };

/** Nothing listens there. */
const deadAddress = '127.0.0.1:1';

/** Long after an invocation of these tests has ended, and long before a client without a deadline gives up. */
const watchdogMs = 12_000;
const longMs = 50_000;

const inTime = async <Value>(work: Promise<Value>): Promise<Value | 'too late'> => {
  const end = new AbortController();
  const late = delay(watchdogMs, 'too late' as const, { signal: end.signal });
  late.catch(() => {});
  try {
    return await Promise.race([work, late]);
  } finally {
    end.abort();
  }
};

let silent: SilentServer;
let end: EpochMs;
const opened: StageLog[] = [];

beforeEach(async () => {
  silent = await SilentServer.start();
  end = epochMsOf(systemClock.now() + 1_000);
});
afterEach(async () => {
  for (const log of opened.splice(0)) log.close();
  await silent.close();
});

const open = (address: string): StageLog => {
  const log = openStageLog({
    bootstrap: [address],
    clientId: 'test',
    clock: systemClock,
    deadline: () => end,
    timeoutMs: longMs,
    requestTimeoutMs: longMs,
  });
  opened.push(log);
  return log;
};

describe.each([
  ['that nobody listens at', () => deadAddress],
  ['that answers nothing', () => silent.address],
])('an address %s', (_, address) => {
  it('fails an append, for now, before the invocation ends', async () => {
    const results = await inTime(open(address()).log.produce([record]));
    expect(results).toMatchObject([{ kind: 'failed', cause: { code: 'LOG_UNAVAILABLE' } }]);
    const [failed] = results === 'too late' ? [] : results;
    expect(failed?.kind === 'failed' && failed.cause).toBeInstanceOf(TransientError);
  });

  it('fails a question, and is asked anew in the next invocation', async () => {
    const { log } = open(address());
    for (let invocation = 0; invocation < 2; invocation += 1) {
      end = epochMsOf(systemClock.now() + 1_000);
      await expect(inTime(log.topicIds(['orders']))).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
    }
    expect(address() === deadAddress || silent.accepted >= 2).toBe(true);
  });

  it('fails the opening, whatever the brokers may have against us', async () => {
    const opening = openAuthenticated(openStageLog, {
      bootstrap: [address(), address(), address()],
      auth: { kind: 'none' },
      clientId: 'test',
      clock: systemClock,
      deadline: () => end,
      variables: {},
    });
    await expect(inTime(opening)).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
  });
});

describe('a broker that takes nothing', () => {
  it('is sent what it does not answer until the invocation ends, and no longer', async () => {
    const kafka = new FakeKafka();
    kafka.add('orders', 1);
    kafka.fault = () => ({ kind: 'request-lost' });
    const producer = new KafkaProducer(kafka, {
      clock: systemClock,
      deadline: () => end,
      requestTimeoutMs: longMs,
      timeoutMs: longMs,
    });
    expect(await inTime(producer.produce([record]))).toMatchObject([{ kind: 'failed' }]);
    expect(kafka.produceRequests).toBeGreaterThan(1);
  });
});

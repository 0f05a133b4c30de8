import { setTimeout as pause } from 'node:timers/promises';
import { noVariant, type Fault } from './fault.ts';
import { until } from './waiting.ts';

const kills = 2;

const brokerKilled: Fault = {
  name: 'broker-killed',
  needsOwnServices: true,
  variantOf: noVariant,
  play: async (stream) => {
    const { broker } = stream.services;
    await stream.start(stream.folder());
    const stop = new AbortController();
    const sending = stream.producer.sendUntil(stop.signal, 200);
    try {
      for (let kill = 0; kill < kills; kill += 1) {
        const before = stream.requests.length;
        await until('effects before a kill', () => stream.requests.length > before + 2);
        await pause(stream.chance(0, 500));
        await broker.kill();
        await broker.restart();
      }
    } finally {
      stop.abort();
      await sending;
    }
    await stream.settled();
    return [];
  },
};

const outageMs = 20_000;

const dynamodbStopped: Fault = {
  name: 'dynamodb-stopped',
  needsOwnServices: true,
  variantOf: noVariant,
  play: async (stream, seed) => {
    const { dynamodb } = stream.services;
    await stream.start(stream.folder());
    const sending = stream.producer.send(80, 4_000);
    await until('the first effects', () => stream.requests.length > 2);
    await pause(stream.chance(0, 1_000));
    const isHanging = seed % 2 === 0;
    // The process does not answer, or nobody gets through to it.
    if (isHanging) dynamodb.pause();
    else stream.dynamodb.isDown = true;
    await pause(outageMs);
    if (isHanging) dynamodb.resume();
    else stream.dynamodb.isDown = false;
    await sending;
    await stream.settled();
    return [];
  },
};

const fewestThrottles = 20;

const throttled: Fault = {
  name: 'statements-throttled',
  needsOwnServices: false,
  variantOf: (seed) => ({ policy: seed % 2 === 0 ? 'keyed' : 'at-most-once' }),
  play: async (stream) => {
    await stream.start(stream.folder());
    stream.dynamodb.throttledShare = 0.3;
    await stream.producer.send(100, 3_000);
    await stream.settled();
    const { throttles } = stream.dynamodb;
    stream.dynamodb.throttledShare = 0;
    if (throttles < fewestThrottles) throw new Error(`only ${throttles} statements were throttled`);
    return [];
  },
};

export const serviceFaults: readonly Fault[] = [brokerKilled, dynamodbStopped, throttled];

import { settleOnce } from '../../core/batch/settle-once.ts';
import type { StageWithPorts } from '../../core/process.ts';
import type { CommonPorts } from '../../core/ports/stage-ports.ts';
import type { ContextStore, LedgerStore, RowStore } from '../../core/ports/stores.ts';
import type { TransitionName } from '../../core/ledger/transitions.ts';
import { strictTextOf, type OutputRecord } from '../../core/record.ts';
import type { Transport } from '../../core/stages/action.ts';
import { openPorts as openReal } from '../ports.ts';
import { noteMark, type Note, type Phase } from './note.ts';
import {
  overlayContext,
  overlayLedger,
  overlayOperations,
  overlayProducer,
  overlayRows,
  overlayTransport,
} from './overlay.ts';

const note = (what: Note): void => void process.stdout.write(`${noteMark}${JSON.stringify(what)}\n`);

const timed = async <Value>(phase: Phase, work: () => Promise<Value>): Promise<Value> => {
  const since = performance.now();
  try {
    return await work();
  } finally {
    note({ kind: 'time', phase, ms: performance.now() - since });
  }
};

const shown = (bytes: Uint8Array | null): string | null =>
  bytes === null ? null : (strictTextOf(bytes) ?? `base64:${Buffer.from(bytes).toString('base64')}`);

const headersOf = ({ headers }: OutputRecord): Readonly<Record<string, string>> =>
  Object.fromEntries(headers.map(({ name, value }) => [name, shown(value) ?? '']));

/** Transitions with which work begins; the others end it. */
const claiming: ReadonlySet<TransitionName> = new Set(['claim', 'reclaim', 'takeOver', 'reopen']);

const tracedCommon = (ports: CommonPorts, isObserved: boolean): CommonPorts => {
  const { clock, topics, verdicts } = ports;
  const producer = isObserved ? overlayProducer(() => clock.now()) : ports.producer;
  const operations = isObserved ? overlayOperations(ports.operations) : ports.operations;
  return {
    ...ports,
    clock: {
      now: () => clock.now(),
      timer: (ms) => {
        const since = performance.now();
        const timer = clock.timer(ms);
        return {
          elapsed: timer.elapsed.then(() =>
            note({ kind: 'time', phase: 'wait', ms: performance.now() - since }),
          ),
          cancel: () => timer.cancel(),
        };
      },
    },
    topics: { topicIds: (names) => timed('arrive', () => topics.topicIds(names)) },
    operations: {
      ...operations,
      paused: (stage) => timed('look', () => operations.paused(stage)),
      reserve: (limit, perMinute, want) => timed('look', () => operations.reserve(limit, perMinute, want)),
      epoch: (topic, topicId) => timed('arrive', () => operations.epoch(topic, topicId)),
    },
    producer: {
      produce: async (records) => {
        const results = await timed('emit', () => producer.produce(records));
        records.forEach((record, index) => {
          const result = results[index];
          note({
            kind: 'output',
            topic: record.topic,
            key: shown(record.key),
            value: shown(record.value),
            headers: headersOf(record),
            at: result?.kind === 'acked' && !isObserved ? `${result.partition}/${result.offset}` : null,
          });
        });
        return results;
      },
    },
    verdicts: {
      record: async (stage, entries) => {
        for (const { at, verdict } of entries)
          note({ kind: 'verdict', partition: at.partition, offset: at.offset, verdict });
        if (!isObserved) await timed('record', () => verdicts.record(stage, entries));
      },
    },
    telemetry: {
      batch: () => {},
      log: (level, message) => note({ kind: 'log', level, message }),
    },
  };
};

const tracedRows = (rows: RowStore): RowStore => ({
  read: (entities) => timed('read', () => rows.read(entities)),
  write: async (writes) => {
    const written = await timed('advance', () => rows.write(writes));
    writes.forEach(({ entity, row }, index) =>
      note({ kind: 'row', entity, after: row.body, isWritten: written[index]?.kind === 'applied' }),
    );
    return written;
  },
});

const tracedContext = (context: ContextStore): ContextStore => ({
  newest: (queries) => timed('read', () => context.newest(queries)),
  observe: async (observations) => {
    const written = await timed('advance', () => context.observe(observations));
    for (const { context: name, key, body } of observations)
      note({ kind: 'observation', context: name, key, body });
    return written;
  },
  forget: (name, historyMs) => context.forget(name, historyMs),
});

const tracedLedger = (ledger: LedgerStore): LedgerStore => ({
  read: (keys) => timed('claim', () => ledger.read(keys)),
  apply: async (writes) => {
    const isClaim = writes.some(({ transition }) => claiming.has(transition.name));
    const written = await timed(isClaim ? 'claim' : 'freeze', () => ledger.apply(writes));
    writes.forEach(({ key, transition }, index) => {
      const answer = written[index];
      const state = answer?.kind === 'applied' ? answer.item.state : null;
      note({ kind: 'item', key, transition: transition.name, state });
    });
    return written;
  },
  list: (filter) => ledger.list(filter),
});

const tracedTransport = (transport: Transport, isObserved: boolean): Transport => ({
  send: async (request, call) => {
    const answer = await timed('send', () => (isObserved ? overlayTransport : transport).send(request, call));
    const detail = answer.kind === 'done' ? answer.evidence : answer.detail;
    note({
      kind: 'request',
      key: call.key,
      request,
      answer: isObserved ? null : `${answer.kind}: ${detail}`,
    });
    return answer;
  },
});

/**
 * Opens the ports of a stage, and tells on standard output what is asked of them and how long it takes. With
 * `FRESHET_INVOKE=observe` nothing that they are told goes further: it is as if it had been written, appended and sent.
 *
 * It stands in for `openPorts` in bundles of `freshet invoke` (lib/build/traced-ports-plugin.ts).
 */
export const openPorts: typeof openReal = async (...args) => {
  const bound: StageWithPorts = await openReal(...args);
  const isObserved = process.env['FRESHET_INVOKE'] === 'observe';
  const common = tracedCommon(bound.ports, isObserved);
  switch (bound.stage.kind) {
    case 'context': {
      const { stage, ports } = bound as Extract<StageWithPorts, { stage: { kind: 'context' } }>;
      const context = tracedContext(isObserved ? overlayContext(ports.context) : ports.context);
      return { stage, ports: { ...ports, ...common, context } };
    }
    case 'features': {
      const { stage, ports } = bound as Extract<StageWithPorts, { stage: { kind: 'features' } }>;
      const { values } = ports;
      return {
        stage,
        ports: {
          ...common,
          values: { decode: (all, timeoutMs) => timed('decode', () => values.decode(all, timeoutMs)) },
          rows: tracedRows(isObserved ? overlayRows(ports.rows) : ports.rows),
          context: tracedContext(ports.context),
        },
      };
    }
    case 'inference': {
      const { stage, ports } = bound as Extract<StageWithPorts, { stage: { kind: 'inference' } }>;
      const claims = tracedLedger(isObserved ? overlayLedger(ports.claims) : ports.claims);
      const settle = settleOnce(claims);
      return {
        stage,
        ports: {
          ...common,
          claims,
          settleOnce: (held, body) => settle(held, () => timed('model', body)),
        },
      };
    }
    case 'action': {
      const { stage, ports } = bound as Extract<StageWithPorts, { stage: { kind: 'action' } }>;
      return {
        stage,
        ports: {
          ...common,
          effects: tracedLedger(isObserved ? overlayLedger(ports.effects) : ports.effects),
          transport: tracedTransport(ports.transport, isObserved),
        },
      };
    }
  }
};

import { payloadLedger } from '../../lib/core/ledger/payload-ledger.ts';
import type { LedgerStore } from '../../lib/core/ports/stores.ts';
import { MemoryContext } from '../../lib/testing/memory-context.ts';
import { MemoryLedger } from '../../lib/testing/memory-ledger.ts';
import { MemoryOperations } from '../../lib/testing/memory-operations.ts';
import { MemoryRows } from '../../lib/testing/memory-rows.ts';
import { epochMsOf } from '../../lib/core/units.ts';
import { MemoryPayloads } from '../support/memory-payloads.ts';
import { contextStoreSuite, forgettingContextSuite } from './suites/context-store.ts';
import { ledgerStoreSuite } from './suites/ledger-store.ts';
import { operationsStoreSuite } from './suites/operations-store.ts';
import { payloadStoreSuite } from './suites/payload-store.ts';
import { rowStoreSuite } from './suites/row-store.ts';

const close = async (): Promise<void> => {};

rowStoreSuite('memory', async () => {
  const rows = new MemoryRows();
  const others = new MemoryRows();
  return { rows, another: async () => rows, ofAnotherPipeline: async () => others, close };
});

for (const suite of [contextStoreSuite, forgettingContextSuite])
  suite('memory', async () => {
    const others = new MemoryContext();
    return {
      context: new MemoryContext(),
      ofAnotherPipeline: async () => others,
      close,
    };
  });

ledgerStoreSuite('memory', async () => {
  const ledger = new MemoryLedger();
  return {
    ledger,
    another: async () => ledger,
    others: async () => [new MemoryLedger(), new MemoryLedger()],
    close,
  };
});

// Everything that an item emits lies in the payload store: whoever uses the ledger cannot tell.
ledgerStoreSuite('memory, with a payload store', async () => {
  const [ledger, payloads] = [new MemoryLedger(), new MemoryPayloads()];
  const over = (store: LedgerStore): LedgerStore =>
    payloadLedger(store, {
      payloads,
      prefix: 'tiny/action',
      limits: { requestBytes: 1_000, emitsBytes: 0 },
      onUnavailable: () => {},
    });
  return {
    ledger: over(ledger),
    another: async () => over(ledger),
    others: async () => [over(new MemoryLedger()), over(new MemoryLedger())],
    close,
  };
});

operationsStoreSuite('memory', async () => {
  let now = Date.parse('2026-01-01T00:00:30Z');
  const clock = { now: () => epochMsOf(now) };
  const operations = new MemoryOperations(clock);
  const others = new MemoryOperations(clock);
  return {
    operations,
    another: async () => operations,
    ofAnotherPipeline: async () => others,
    elapse: async (ms) => {
      now += ms;
    },
    close,
  };
});

payloadStoreSuite('memory', async () => {
  const payloads = new MemoryPayloads();
  const gone = new MemoryPayloads();
  gone.isDown = () => true;
  return { payloads, another: async () => payloads, unreachable: async () => gone, close };
});

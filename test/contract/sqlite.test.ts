import { embeddedFolder } from '../support/embedded-folder.ts';
import { consumerGroupsSuite } from './suites/consumer-groups.ts';
import { contextStoreSuite, forgettingContextSuite } from './suites/context-store.ts';
import { eventLogSuite } from './suites/event-log.ts';
import { groupMembershipSuite } from './suites/group-membership.ts';
import { ledgerStoreSuite } from './suites/ledger-store.ts';
import { operationsStoreSuite } from './suites/operations-store.ts';
import { payloadStoreSuite } from './suites/payload-store.ts';
import { rowStoreSuite } from './suites/row-store.ts';

eventLogSuite('SQLite', async () => {
  const state = embeddedFolder();
  const { log } = state.open();
  return {
    log,
    another: async () => state.open().log,
    elapse: state.elapse,
    enforceRetention: async (now) => {
      await log.enforceRetention(now);
    },
    close: state.close,
  };
});

consumerGroupsSuite('SQLite', async () => {
  const state = embeddedFolder();
  const { groups, log } = state.open();
  return { groups, log, another: async () => state.open().groups, close: state.close };
});

groupMembershipSuite('SQLite', async () => {
  const state = embeddedFolder();
  const { groups, log } = state.open();
  return {
    groups,
    log,
    client: async () => {
      const embedded = state.open();
      return {
        membership: embedded.membership,
        vanish: async () => {
          embedded.close();
          await state.elapse(8_000);
        },
      };
    },
    close: state.close,
  };
});

rowStoreSuite('SQLite', async () => {
  const state = embeddedFolder();
  return {
    rows: state.open().rows,
    another: async () => state.open().rows,
    ofAnotherPipeline: async () => state.open('other').rows,
    close: state.close,
  };
});

for (const suite of [contextStoreSuite, forgettingContextSuite])
  suite('SQLite', async () => {
    const state = embeddedFolder();
    return {
      context: state.open().context,
      ofAnotherPipeline: async () => state.open('other').context,
      close: state.close,
    };
  });

ledgerStoreSuite('SQLite claims', async () => {
  const state = embeddedFolder();
  const embedded = state.open();
  return {
    ledger: embedded.claims,
    another: async () => state.open().claims,
    others: async () => [embedded.effects, state.open('other').claims],
    close: state.close,
  };
});

ledgerStoreSuite('SQLite effects', async () => {
  const state = embeddedFolder();
  const embedded = state.open();
  return {
    ledger: embedded.effects,
    another: async () => state.open().effects,
    others: async () => [embedded.claims, state.open('other').effects],
    close: state.close,
  };
});

operationsStoreSuite('SQLite', async () => {
  const state = embeddedFolder();
  return {
    operations: state.open().operations,
    another: async () => state.open().operations,
    ofAnotherPipeline: async () => state.open('other').operations,
    elapse: state.elapse,
    close: state.close,
  };
});

payloadStoreSuite('SQLite', async () => {
  const state = embeddedFolder();
  return {
    payloads: state.open().payloads,
    another: async () => state.open().payloads,
    unreachable: async () => {
      const closed = state.open();
      closed.close();
      return closed.payloads;
    },
    close: state.close,
  };
});

import { embeddedFolder } from '../support/embedded-folder.ts';
import { consumerGroupsSuite } from './suites/consumer-groups.ts';
import { contextStoreSuite } from './suites/context-store.ts';
import { eventLogSuite } from './suites/event-log.ts';
import { ledgerStoreSuite } from './suites/ledger-store.ts';
import { operationsStoreSuite } from './suites/operations-store.ts';
import { rowStoreSuite } from './suites/row-store.ts';

eventLogSuite('SQLite', async () => {
  const state = embeddedFolder();
  return {
    log: state.open().log,
    another: async () => state.open().log,
    elapse: state.elapse,
    close: state.close,
  };
});

consumerGroupsSuite('SQLite', async () => {
  const state = embeddedFolder();
  const { groups, log } = state.open();
  return { groups, log, another: async () => state.open().groups, close: state.close };
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

contextStoreSuite('SQLite', async () => {
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

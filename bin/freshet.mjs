#!/usr/bin/env node
// Plain JavaScript that Node 18 reads too: starts the CLI under a Node that can run it, or says how to get one.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { isSupported, refusal } from './preflight.mjs';

/** Set for the process that was started again, so that a Node that is too old there cannot start itself for ever. */
const marker = 'FRESHET_RELAUNCHED';

const bundledNode = () => {
  const folder = new URL('../node_modules/', import.meta.url);
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const candidates = [
    `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}/bin/node${suffix}`,
    `.bin/node${suffix}`,
  ];
  return candidates.map((path) => fileURLToPath(new URL(path, folder))).find((path) => existsSync(path));
};

const relaunch = (node) => {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    // The channel says nothing: that it breaks tells the child that this process is gone.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, [marker]: '1' },
  });
  // A terminal sends Ctrl-C to both processes: this one must outlive the child's clean end, whoever sent the signal.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  child.on('error', (error) => {
    console.error(`${node} could not be started: ${error.message}. Fix: run npm ci again.`);
    process.exit(1);
  });
  child.on('exit', (code, signal) =>
    process.exit(code ?? 128 + (signal === null ? 0 : (constants.signals[signal] ?? 0))),
  );
};

/** Whoever kills the process that was started must not leave the one that works behind, holding the state folder. */
const endWithParent = () => {
  process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  process.channel?.unref();
};

const start = async (version) => {
  if (isSupported(version)) {
    if (process.env[marker] !== undefined) endWithParent();
    // Types are stripped, and modules compiled, once and not at every command. Not a named import: Node 18 has none of that name.
    module.enableCompileCache();
    await import('./freshet.ts');
    return;
  }
  const node = process.env[marker] === undefined ? bundledNode() : undefined;
  if (node !== undefined) {
    relaunch(node);
    return;
  }
  console.error(refusal(version, process.platform));
  process.exitCode = 1;
};

await start(process.versions.node);

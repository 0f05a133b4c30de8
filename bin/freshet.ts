import metadata from '../package.json' with { type: 'json' };
import { processTerminal } from '../lib/cli/process-terminal.ts';
import { onProcessInterrupt } from '../lib/cli/process-interrupts.ts';
import { run } from '../lib/cli/program.ts';
import { program } from '../lib/cli/commands.ts';

process.exitCode = await run({ ...program, version: metadata.version }, process.argv.slice(2), {
  root: process.cwd(),
  terminal: processTerminal(),
  onInterrupt: onProcessInterrupt,
});

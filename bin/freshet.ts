import metadata from '../package.json' with { type: 'json' };
import { loadSchemaBuilderAtOnce } from '../lib/build/schema-builder-at-once.ts';
import { leaveKafkaOptionsUnchecked } from '../lib/build/unchecked-kafka-options.ts';
import { program } from '../lib/cli/commands.ts';
import { exitCode } from '../lib/cli/exit-code.ts';
import { onInterruptOf } from '../lib/cli/process-interrupts.ts';
import { processTerminal } from '../lib/cli/process-terminal.ts';
import { run } from '../lib/cli/program.ts';

leaveKafkaOptionsUnchecked();
loadSchemaBuilderAtOnce();
const code = await run({ ...program, version: metadata.version }, process.argv.slice(2), {
  root: process.cwd(),
  terminal: processTerminal(),
  onInterrupt: onInterruptOf(process, () => performance.now()),
});
// Stopped at once means that what still runs is left behind.
if (code === exitCode.interrupted) process.exit(code);
process.exitCode = code;

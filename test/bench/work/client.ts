/** One contender in a process of its own: what it uses is its own and nobody else's. Its task comes as JSON, its answer goes as a message. */
import type { ClientTask } from './tasks.ts';
import { perform } from './tasks.ts';

process.send?.(await perform(JSON.parse(process.argv[2] ?? '') as ClientTask));
process.disconnect?.();
process.exit(0);

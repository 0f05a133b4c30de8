/** A function's first moments: from the process' start, and from the import of its bundle, to the answer to its first batch. No TypeScript, which would have to be loaded too. */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [bundle = '', eventFile = ''] = process.argv.slice(2);
const event = JSON.parse(readFileSync(eventFile, 'utf8'));
const importedAt = performance.now();
const before = process.cpuUsage();
const { handler } = await import(pathToFileURL(bundle).href);
const answer = await handler(event, {
  awsRequestId: 'cold-start',
  functionName: 'bench',
  memoryLimitInMB: '512',
  getRemainingTimeInMillis: () => 30_000,
});
const sinceStartMs = performance.now();
const { user, system } = process.cpuUsage(before);
const cold = { sinceStartMs, bundleMs: sinceStartMs - importedAt, cpuMs: (user + system) / 1_000, answer };
process.send?.(cold, () => process.exit(0));
